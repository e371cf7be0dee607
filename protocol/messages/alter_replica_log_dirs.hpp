#pragma once
// AlterReplicaLogDirs (api key 34). Moves replicas to other disks of a broker (KIP-113).
//
// Versions 1-2, flexible from 2 on. 0 was removed in Kafka 4.0.

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <vector>

namespace bkes::protocol {

struct alter_replica_log_dirs_request {
    static constexpr message_schema schema{.name = "alter_replica_log_dirs_request",
                                           .key = 34,
                                           .versions = {1, 2},
                                           .flexible_since = 2};

    struct dir {
        struct topic {
            bytes_view name{};
            std::vector<std::int32_t> partitions{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("name", m.name, always.topic());
                f("partitions", m.partitions);
            }
        };

        bytes_view path{};
        std::vector<topic> topics{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("path", m.path);
            f("topics", m.topics);
        }
    };

    std::vector<dir> dirs{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) { f("dirs", m.dirs); }
};

struct alter_replica_log_dirs_response {
    static constexpr message_schema schema{.name = "alter_replica_log_dirs_response",
                                           .key = 34,
                                           .versions = {1, 2},
                                           .flexible_since = 2};

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

        bytes_view topic_name{};
        std::vector<partition> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("topic_name", m.topic_name);
            f("partitions", m.partitions);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<topic> results{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms);
        f("results", m.results);
    }
};

}  // namespace bkes::protocol
