#pragma once
// FetchRestorePoint (api key 20004): the files of a restore point, piece by piece, from an instance of bkes
// to one that begins; as FetchSnapshot (KIP-630) has it for the cluster's metadata. An extension between the
// instances of a group, advertised in ApiVersions and never passed on; usable with the right to read all
// guarded topics. docs/decisions/restore-from-a-peer.md.
//
// The first request names no restore point, and is answered with one and the list of its files. Each further
// one is for a piece of a file.
//
// Version 0, flexible.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct fetch_restore_point_request {
    static constexpr message_schema schema{.name = "fetch_restore_point_request",
                                           .key = 20004,
                                           .versions = {0, 0},
                                           .flexible_since = 0};

    uuid restore_point{};   ///< zero: whichever there is, or a new one; the rest doesn't count then
    std::int32_t file = 0;  ///< the place in the list
    std::int64_t position = 0;  ///< of the first byte that is wanted
    std::int32_t max_bytes = 0;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("restore_point", m.restore_point);
        f("file", m.file);
        f("position", m.position);
        f("max_bytes", m.max_bytes);
    }
};

struct fetch_restore_point_response {
    static constexpr message_schema schema{.name = "fetch_restore_point_response",
                                           .key = 20004,
                                           .versions = {0, 0},
                                           .flexible_since = 0};

    struct listed_file {
        bytes_view name{};
        std::int64_t size = 0;
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("name", m.name);
            f("size", m.size);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::int16_t error_code = 0;
    std::optional<bytes_view> error_message{};
    uuid restore_point{};
    // Answers to the first request only.
    bytes_view format_version{};
    bytes_view cluster_id{};
    std::vector<listed_file> files{};
    // Answers to all others.
    bytes_view piece{};  ///< fewer bytes than wanted only at the end of the file
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms);
        f("error_code", m.error_code);
        f("error_message", m.error_message, always.nullable());
        f("restore_point", m.restore_point);
        f("format_version", m.format_version);
        f("cluster_id", m.cluster_id);
        f("files", m.files);
        f.bytes("piece", m.piece);
    }
};

}  // namespace bkes::protocol
