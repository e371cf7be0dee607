#pragma once
// TxnOffsetCommit (api key 28). Storing the positions of a consumer group as part of a transaction
// (KIP-98).
//
// Versions 0-5.
//   2   committed_leader_epoch (KIP-320)
//   3   flexible; generation_id, member_id, group_instance_id (KIP-447)
//   4   TRANSACTION_ABORTABLE; 5 adds the group to the transaction by itself (KIP-890)

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct txn_offset_commit_request {
    static constexpr message_schema schema{
        .name = "txn_offset_commit_request", .key = 28, .versions = {0, 5}, .flexible_since = 3};

    struct topic {
        struct partition {
            std::int32_t partition_index = 0;
            std::int64_t committed_offset = 0;
            std::int32_t committed_leader_epoch = -1;
            std::optional<bytes_view> committed_metadata = bytes_view{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("partition_index", m.partition_index);
                f("committed_offset", m.committed_offset);
                f("committed_leader_epoch", m.committed_leader_epoch, since(2).ignorable());
                f("committed_metadata", m.committed_metadata, always.nullable());
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

    bytes_view transactional_id{};
    bytes_view group_id{};
    std::int64_t producer_id = 0;
    std::int16_t producer_epoch = 0;
    std::int32_t generation_id = -1;
    bytes_view member_id{};
    std::optional<bytes_view> group_instance_id{};
    std::vector<topic> topics{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("transactional_id", m.transactional_id);
        f("group_id", m.group_id);
        f("producer_id", m.producer_id);
        f("producer_epoch", m.producer_epoch);
        f("generation_id", m.generation_id, since(3));
        f("member_id", m.member_id, since(3));
        f("group_instance_id", m.group_instance_id, since(3).nullable());
        f("topics", m.topics);
    }
};

struct txn_offset_commit_response {
    static constexpr message_schema schema{
        .name = "txn_offset_commit_response", .key = 28, .versions = {0, 5}, .flexible_since = 3};

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

    std::int32_t throttle_time_ms = 0;
    std::vector<topic> topics{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms);
        f("topics", m.topics);
    }
};

}  // namespace bkes::protocol
