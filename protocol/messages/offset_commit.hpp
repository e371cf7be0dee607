#pragma once
// OffsetCommit (api key 8). Storing the positions of a consumer group.
//
// Versions 2-10.
//   3   throttle_time_ms
//   5   no retention_time_ms any more (KIP-211)
//   6   committed_leader_epoch (KIP-320)
//   7   group_instance_id (KIP-345)
//   8   flexible
//   9   the new group protocol: generation_id_or_member_epoch, STALE_MEMBER_EPOCH (KIP-848)
//   10  topic_id instead of name (KIP-848); bkes offers up to 9

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct offset_commit_request {
    static constexpr message_schema schema{
        .name = "offset_commit_request", .key = 8, .versions = {2, 10}, .flexible_since = 8};

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
                f("committed_leader_epoch", m.committed_leader_epoch, since(6).ignorable());
                f("committed_metadata", m.committed_metadata, always.nullable());
            }
        };

        bytes_view name{};
        uuid topic_id{};
        std::vector<partition> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("name", m.name, until(9).ignorable().topic());
            f("topic_id", m.topic_id, since(10).ignorable().topic());
            f("partitions", m.partitions);
        }
    };

    bytes_view group_id{};
    std::int32_t generation_id_or_member_epoch = -1;
    bytes_view member_id{};
    std::optional<bytes_view> group_instance_id{};
    std::int64_t retention_time_ms = -1;
    std::vector<topic> topics{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("group_id", m.group_id);
        f("generation_id_or_member_epoch", m.generation_id_or_member_epoch, always.ignorable());
        f("member_id", m.member_id, always.ignorable());
        f("group_instance_id", m.group_instance_id, since(7).nullable());
        f("retention_time_ms", m.retention_time_ms, until(4).ignorable());
        f("topics", m.topics);
    }
};

struct offset_commit_response {
    static constexpr message_schema schema{
        .name = "offset_commit_response", .key = 8, .versions = {2, 10}, .flexible_since = 8};

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
        uuid topic_id{};
        std::vector<partition> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("name", m.name, until(9).ignorable());
            f("topic_id", m.topic_id, since(10).ignorable());
            f("partitions", m.partitions);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<topic> topics{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms, since(3).ignorable());
        f("topics", m.topics);
    }
};

}  // namespace bkes::protocol
