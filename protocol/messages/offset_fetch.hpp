#pragma once
// OffsetFetch (api key 9). Reading the positions of consumer groups.
//
// Versions 1-10.
//   2   null topics = all; top-level error_code
//   3   throttle_time_ms
//   5   committed_leader_epoch (KIP-320)
//   6   flexible
//   7   require_stable: wait for open transactions (KIP-447)
//   8   several groups at once (KIP-709): `groups` instead of the single fields
//   9   member_id, member_epoch (KIP-848)
//   10  topic_id instead of name (KIP-848); bkes offers up to 9

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct offset_fetch_request {
    static constexpr message_schema schema{
        .name = "offset_fetch_request", .key = 9, .versions = {1, 10}, .flexible_since = 6};

    struct topic {
        bytes_view name{};
        std::vector<std::int32_t> partition_indexes{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("name", m.name, always.topic());
            f("partition_indexes", m.partition_indexes);
        }
    };

    struct group {
        struct topic {
            bytes_view name{};
            uuid topic_id{};
            std::vector<std::int32_t> partition_indexes{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("name", m.name, until(9).ignorable().topic());
                f("topic_id", m.topic_id, since(10).ignorable().topic());
                f("partition_indexes", m.partition_indexes);
            }
        };

        bytes_view group_id{};
        std::optional<bytes_view> member_id{};
        std::int32_t member_epoch = -1;
        std::optional<std::vector<topic>> topics = std::vector<topic>{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("group_id", m.group_id);
            f("member_id", m.member_id, since(9).nullable().ignorable());
            f("member_epoch", m.member_epoch, since(9).ignorable());
            f("topics", m.topics, always.nullable());
        }
    };

    bytes_view group_id{};
    std::optional<std::vector<topic>> topics = std::vector<topic>{};
    std::vector<group> groups{};
    bool require_stable = false;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("group_id", m.group_id, until(7));
        f("topics", m.topics, until(7).nullable(2));
        f("groups", m.groups, since(8));
        f("require_stable", m.require_stable, since(7));
    }
};

struct offset_fetch_response {
    static constexpr message_schema schema{
        .name = "offset_fetch_response", .key = 9, .versions = {1, 10}, .flexible_since = 6};

    struct topic {
        struct partition {
            std::int32_t partition_index = 0;
            std::int64_t committed_offset = 0;
            std::int32_t committed_leader_epoch = -1;
            std::optional<bytes_view> metadata = bytes_view{};
            std::int16_t error_code = 0;
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("partition_index", m.partition_index);
                f("committed_offset", m.committed_offset);
                f("committed_leader_epoch", m.committed_leader_epoch, since(5).ignorable());
                f("metadata", m.metadata, always.nullable());
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

    struct group {
        struct topic {
            struct partition {
                std::int32_t partition_index = 0;
                std::int64_t committed_offset = 0;
                std::int32_t committed_leader_epoch = -1;
                std::optional<bytes_view> metadata = bytes_view{};
                std::int16_t error_code = 0;
                unknown_tagged_fields unknown_tags{};

                static constexpr void fields(auto&& m, auto&& f) {
                    f("partition_index", m.partition_index);
                    f("committed_offset", m.committed_offset);
                    f("committed_leader_epoch", m.committed_leader_epoch, always.ignorable());
                    f("metadata", m.metadata, always.nullable());
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

        bytes_view group_id{};
        std::vector<topic> topics{};
        std::int16_t error_code = 0;
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("group_id", m.group_id);
            f("topics", m.topics);
            f("error_code", m.error_code);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<topic> topics{};
    std::int16_t error_code = 0;
    std::vector<group> groups{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms, since(3).ignorable());
        f("topics", m.topics, until(7));
        f("error_code", m.error_code, between(2, 7).ignorable());
        f("groups", m.groups, since(8));
    }
};

}  // namespace bkes::protocol
