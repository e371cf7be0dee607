#pragma once
// OffsetForLeaderEpoch (api key 23). Where a leader epoch ended: how a truncated log is noticed
// (KIP-101).
//
// Versions 2-4.
//   2   current_leader_epoch (KIP-320)
//   3   replica_id, -1 for consumers
//   4   flexible

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <vector>

namespace bkes::protocol {

struct offset_for_leader_epoch_request {
    static constexpr message_schema schema{.name = "offset_for_leader_epoch_request",
                                           .key = 23,
                                           .versions = {2, 4},
                                           .flexible_since = 4};

    struct topic {
        struct partition {
            std::int32_t partition_index = 0;
            std::int32_t current_leader_epoch = -1;
            std::int32_t leader_epoch = 0;
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("partition", m.partition_index);
                f("current_leader_epoch", m.current_leader_epoch, always.ignorable());
                f("leader_epoch", m.leader_epoch);
            }
        };

        bytes_view name{};
        std::vector<partition> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("topic", m.name, always.topic());
            f("partitions", m.partitions);
        }
    };

    std::int32_t replica_id = -2;
    std::vector<topic> topics{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("replica_id", m.replica_id, since(3).ignorable());
        f("topics", m.topics);
    }
};

struct offset_for_leader_epoch_response {
    static constexpr message_schema schema{.name = "offset_for_leader_epoch_response",
                                           .key = 23,
                                           .versions = {2, 4},
                                           .flexible_since = 4};

    struct topic {
        struct partition {
            std::int16_t error_code = 0;
            std::int32_t partition_index = 0;
            std::int32_t leader_epoch = -1;
            std::int64_t end_offset = -1;
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("error_code", m.error_code);
                f("partition", m.partition_index);
                f("leader_epoch", m.leader_epoch, always.ignorable());
                f("end_offset", m.end_offset);
            }
        };

        bytes_view name{};
        std::vector<partition> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("topic", m.name);
            f("partitions", m.partitions);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<topic> topics{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms, always.ignorable());
        f("topics", m.topics);
    }
};

}  // namespace bkes::protocol
