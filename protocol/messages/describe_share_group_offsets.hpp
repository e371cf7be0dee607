#pragma once
// DescribeShareGroupOffsets (api key 90). Where a share group stands (KIP-932).
//
// Versions 0-1, flexible.
//   1   lag (KIP-1226)

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct describe_share_group_offsets_request {
    static constexpr message_schema schema{.name = "describe_share_group_offsets_request",
                                           .key = 90,
                                           .versions = {0, 1},
                                           .flexible_since = 0};

    struct group {
        struct topic {
            bytes_view topic_name{};
            std::vector<std::int32_t> partitions{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("topic_name", m.topic_name, always.topic());
                f("partitions", m.partitions);
            }
        };

        bytes_view group_id{};
        std::optional<std::vector<topic>> topics = std::vector<topic>{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("group_id", m.group_id);
            f("topics", m.topics, always.nullable());
        }
    };

    std::vector<group> groups{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) { f("groups", m.groups); }
};

struct describe_share_group_offsets_response {
    static constexpr message_schema schema{.name = "describe_share_group_offsets_response",
                                           .key = 90,
                                           .versions = {0, 1},
                                           .flexible_since = 0};

    struct group {
        struct topic {
            struct partition {
                std::int32_t partition_index = 0;
                std::int64_t start_offset = 0;
                std::int32_t leader_epoch = 0;
                std::int64_t lag = -1;
                std::int16_t error_code = 0;
                std::optional<bytes_view> error_message{};
                unknown_tagged_fields unknown_tags{};

                static constexpr void fields(auto&& m, auto&& f) {
                    f("partition_index", m.partition_index);
                    f("start_offset", m.start_offset);
                    f("leader_epoch", m.leader_epoch);
                    f("lag", m.lag, since(1).ignorable());
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

        bytes_view group_id{};
        std::vector<topic> topics{};
        std::int16_t error_code = 0;
        std::optional<bytes_view> error_message{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("group_id", m.group_id);
            f("topics", m.topics);
            f("error_code", m.error_code);
            f("error_message", m.error_message, always.nullable());
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<group> groups{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms);
        f("groups", m.groups);
    }
};

}  // namespace bkes::protocol
