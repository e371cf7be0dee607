#pragma once
// DeleteRecords (api key 21). Moving the start of a partition (KIP-107).
//
// Versions 0-2.
//   2   flexible
// offset -1 means the high watermark.

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <vector>

namespace bkes::protocol {

struct delete_records_request {
    static constexpr message_schema schema{
        .name = "delete_records_request", .key = 21, .versions = {0, 2}, .flexible_since = 2};

    struct topic {
        struct partition {
            std::int32_t partition_index = 0;
            std::int64_t offset = 0;
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("partition_index", m.partition_index);
                f("offset", m.offset);
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

    std::vector<topic> topics{};
    std::int32_t timeout_ms = 0;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("topics", m.topics);
        f("timeout_ms", m.timeout_ms);
    }
};

struct delete_records_response {
    static constexpr message_schema schema{
        .name = "delete_records_response", .key = 21, .versions = {0, 2}, .flexible_since = 2};

    struct topic {
        struct partition {
            std::int32_t partition_index = 0;
            std::int64_t low_watermark = 0;
            std::int16_t error_code = 0;
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("partition_index", m.partition_index);
                f("low_watermark", m.low_watermark);
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

    std::int32_t throttle_time_ms = 0;
    std::vector<topic> topics{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms);
        f("topics", m.topics);
    }
};

}  // namespace bkes::protocol
