#pragma once
// OffsetDelete (api key 47). Forgets committed offsets of a group (KIP-496).
//
// Version 0, never flexible.

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <vector>

namespace bkes::protocol {

struct offset_delete_request {
    static constexpr message_schema schema{.name = "offset_delete_request",
                                           .key = 47,
                                           .versions = {0, 0},
                                           .flexible_since = never_flexible};

    struct topic {
        struct partition {
            std::int32_t partition_index = 0;
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("partition_index", m.partition_index);
            }
        };

        bytes_view name{};
        std::vector<partition> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("name", m.name, always.topic());
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

struct offset_delete_response {
    static constexpr message_schema schema{.name = "offset_delete_response",
                                           .key = 47,
                                           .versions = {0, 0},
                                           .flexible_since = never_flexible};

    struct topic {
        struct partition {
            std::int32_t partition_index = 0;
            std::int16_t error_code = 0;
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("partition_index", m.partition_index);
                f("error_code", m.error_code);
            }
        };

        bytes_view name{};
        std::vector<partition> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("name", m.name);
            f("partitions", m.partitions);
        }
    };

    std::int16_t error_code = 0;
    std::int32_t throttle_time_ms = 0;
    std::vector<topic> topics{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("error_code", m.error_code);
        f("throttle_time_ms", m.throttle_time_ms, always.ignorable());
        f("topics", m.topics);
    }
};

}  // namespace bkes::protocol
