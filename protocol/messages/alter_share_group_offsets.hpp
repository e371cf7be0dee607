#pragma once
// AlterShareGroupOffsets (api key 91). Sets where a share group stands (KIP-932).
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

struct alter_share_group_offsets_request {
    static constexpr message_schema schema{.name = "alter_share_group_offsets_request",
                                           .key = 91,
                                           .versions = {0, 0},
                                           .flexible_since = 0};

    struct topic {
        struct partition {
            std::int32_t partition_index = 0;
            std::int64_t start_offset = 0;
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("partition_index", m.partition_index);
                f("start_offset", m.start_offset);
            }
        };

        bytes_view topic_name{};
        std::vector<partition> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("topic_name", m.topic_name, always.topic());
            f("partitions", m.partitions);
        }
    };

    bytes_view group_id{};
    std::vector<topic> topics{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("group_id", m.group_id);
        f("topics", m.topics);
    }
};

struct alter_share_group_offsets_response {
    static constexpr message_schema schema{.name = "alter_share_group_offsets_response",
                                           .key = 91,
                                           .versions = {0, 0},
                                           .flexible_since = 0};

    struct topic {
        struct partition {
            std::int32_t partition_index = 0;
            std::int16_t error_code = 0;
            std::optional<bytes_view> error_message{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("partition_index", m.partition_index);
                f("error_code", m.error_code);
                f("error_message", m.error_message, always.nullable());
            }
        };

        bytes_view topic_name{};
        uuid topic_id{};
        std::vector<partition> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("topic_name", m.topic_name);
            f("topic_id", m.topic_id);
            f("partitions", m.partitions);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::int16_t error_code = 0;
    std::optional<bytes_view> error_message{};
    std::vector<topic> responses{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms);
        f("error_code", m.error_code);
        f("error_message", m.error_message, always.nullable());
        f("responses", m.responses);
    }
};

}  // namespace bkes::protocol
