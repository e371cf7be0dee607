#pragma once
// DescribeLogDirs (api key 35). How much of a broker's disks topics take (KIP-113).
//
// Versions 1-5, flexible from 2 on. 0 was removed in Kafka 4.0.
//   3   error_code (KIP-784)
//   4   total_bytes, usable_bytes (KIP-827)
//   5   is_cordoned (KIP-1066)
// A topic that isn't there is left out of the answer.

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct describe_log_dirs_request {
    static constexpr message_schema schema{
        .name = "describe_log_dirs_request", .key = 35, .versions = {1, 5}, .flexible_since = 2};

    struct topic {
        bytes_view name{};
        std::vector<std::int32_t> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("topic", m.name, always.topic());
            f("partitions", m.partitions);
        }
    };

    std::optional<std::vector<topic>> topics = std::vector<topic>{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) { f("topics", m.topics, always.nullable()); }
};

struct describe_log_dirs_response {
    static constexpr message_schema schema{
        .name = "describe_log_dirs_response", .key = 35, .versions = {1, 5}, .flexible_since = 2};

    struct result {
        struct topic {
            struct partition {
                std::int32_t partition_index = 0;
                std::int64_t partition_size = 0;
                std::int64_t offset_lag = 0;
                bool is_future_key = false;
                unknown_tagged_fields unknown_tags{};

                static constexpr void fields(auto&& m, auto&& f) {
                    f("partition_index", m.partition_index);
                    f("partition_size", m.partition_size);
                    f("offset_lag", m.offset_lag);
                    f("is_future_key", m.is_future_key);
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
        bytes_view log_dir{};
        std::vector<topic> topics{};
        std::int64_t total_bytes = -1;
        std::int64_t usable_bytes = -1;
        bool is_cordoned = false;
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("error_code", m.error_code);
            f("log_dir", m.log_dir);
            f("topics", m.topics);
            f("total_bytes", m.total_bytes, since(4).ignorable());
            f("usable_bytes", m.usable_bytes, since(4).ignorable());
            f("is_cordoned", m.is_cordoned, since(5).ignorable());
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::int16_t error_code = 0;
    std::vector<result> results{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms);
        f("error_code", m.error_code, since(3).ignorable());
        f("results", m.results);
    }
};

}  // namespace bkes::protocol
