#pragma once
// Produce (api key 0). Appending to partitions.
//
// Versions 3-13. Brokers still say 0 in ApiVersions, for old librdkafka (KAFKA-18659), and refuse
// 0-2.
//   3   transactional_id; record batches of magic 2 only (KIP-98)
//   5   log_start_offset
//   7   zstd (KIP-110)
//   8   record_errors, error_message (KIP-467)
//   9   flexible
//   10  current_leader and node_endpoints on NOT_LEADER_OR_FOLLOWER (KIP-951)
//   11  TRANSACTION_ABORTABLE; 12 adds partitions to the transaction by itself (KIP-890)
//   13  topic_id instead of name (KIP-516); bkes offers up to 12
// acks: 0 none (the broker sends no response at all), 1 leader, -1 all in sync.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/messages/current_leader.hpp"
#include "protocol/messages/node_endpoint.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct produce_request {
    static constexpr message_schema schema{
        .name = "produce_request", .key = 0, .versions = {3, 13}, .flexible_since = 9};

    struct topic {
        struct partition {
            std::int32_t index = 0;
            std::optional<bytes_view> records{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("index", m.index);
                f.records("records", m.records, always.nullable());
            }
        };

        bytes_view name{};
        uuid topic_id{};
        std::vector<partition> partition_data{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("name", m.name, until(12).ignorable().topic());
            f("topic_id", m.topic_id, since(13).ignorable().topic());
            f("partition_data", m.partition_data);
        }
    };

    std::optional<bytes_view> transactional_id{};
    std::int16_t acks = 0;
    std::int32_t timeout_ms = 0;
    std::vector<topic> topic_data{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("transactional_id", m.transactional_id, always.nullable());
        f("acks", m.acks);
        f("timeout_ms", m.timeout_ms);
        f("topic_data", m.topic_data);
    }
};

struct produce_response {
    static constexpr message_schema schema{
        .name = "produce_response", .key = 0, .versions = {3, 13}, .flexible_since = 9};

    struct topic {
        struct partition {
            struct record_error {
                std::int32_t batch_index = 0;
                std::optional<bytes_view> batch_index_error_message{};
                unknown_tagged_fields unknown_tags{};

                static constexpr void fields(auto&& m, auto&& f) {
                    f("batch_index", m.batch_index);
                    f("batch_index_error_message", m.batch_index_error_message, always.nullable());
                }
            };

            std::int32_t index = 0;
            std::int16_t error_code = 0;
            std::int64_t base_offset = 0;
            std::int64_t log_append_time_ms = -1;
            std::int64_t log_start_offset = -1;
            std::vector<record_error> record_errors{};
            std::optional<bytes_view> error_message{};
            leader_id_and_epoch current_leader{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("index", m.index);
                f("error_code", m.error_code);
                f("base_offset", m.base_offset);
                f("log_append_time_ms", m.log_append_time_ms, always.ignorable());
                f("log_start_offset", m.log_start_offset, since(5).ignorable());
                f("record_errors", m.record_errors, since(8).ignorable());
                f("error_message", m.error_message, since(8).nullable().ignorable());
                f.tag(0, "current_leader", m.current_leader, since(10));
            }
        };

        bytes_view name{};
        uuid topic_id{};
        std::vector<partition> partition_responses{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("name", m.name, until(12).ignorable());
            f("topic_id", m.topic_id, since(13).ignorable());
            f("partition_responses", m.partition_responses);
        }
    };

    std::vector<topic> responses{};
    std::int32_t throttle_time_ms = 0;
    std::vector<node_endpoint> node_endpoints{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("responses", m.responses);
        f("throttle_time_ms", m.throttle_time_ms, always.ignorable());
        f.tag(0, "node_endpoints", m.node_endpoints, since(10));
    }
};

}  // namespace bkes::protocol
