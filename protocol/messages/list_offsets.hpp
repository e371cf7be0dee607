#pragma once
// ListOffsets (api key 2). Offsets by timestamp, and first and last.
//
// Versions 1-11.
//   2   isolation_level, throttle_time_ms (KIP-98)
//   4   current_leader_epoch, leader_epoch (KIP-320)
//   6   flexible
//   7   timestamp -3: the record with the largest timestamp (KIP-734)
//   8   timestamp -4: the start of the local log (KIP-405)
//   9   timestamp -5: the newest tiered offset (KIP-1005)
//   10  timeout_ms (KIP-1075)
//   11  timestamp -6: the earliest offset not yet tiered (KIP-1023)
// -1 is the end of the log, -2 its start.

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <vector>

namespace bkes::protocol {

struct list_offsets_request {
    static constexpr message_schema schema{
        .name = "list_offsets_request", .key = 2, .versions = {1, 11}, .flexible_since = 6};

    struct topic {
        struct partition {
            std::int32_t partition_index = 0;
            std::int32_t current_leader_epoch = -1;
            std::int64_t timestamp = 0;
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("partition_index", m.partition_index);
                f("current_leader_epoch", m.current_leader_epoch, since(4).ignorable());
                f("timestamp", m.timestamp);
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

    std::int32_t replica_id = 0;
    std::int8_t isolation_level = 0;
    std::vector<topic> topics{};
    std::int32_t timeout_ms = 0;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("replica_id", m.replica_id);
        f("isolation_level", m.isolation_level, since(2));
        f("topics", m.topics);
        f("timeout_ms", m.timeout_ms, since(10).ignorable());
    }
};

struct list_offsets_response {
    static constexpr message_schema schema{
        .name = "list_offsets_response", .key = 2, .versions = {1, 11}, .flexible_since = 6};

    struct topic {
        struct partition {
            std::int32_t partition_index = 0;
            std::int16_t error_code = 0;
            std::int64_t timestamp = -1;
            std::int64_t offset = -1;
            std::int32_t leader_epoch = -1;
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("partition_index", m.partition_index);
                f("error_code", m.error_code);
                f("timestamp", m.timestamp);
                f("offset", m.offset);
                f("leader_epoch", m.leader_epoch, since(4));
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
        f("throttle_time_ms", m.throttle_time_ms, since(2).ignorable());
        f("topics", m.topics);
    }
};

}  // namespace bkes::protocol
