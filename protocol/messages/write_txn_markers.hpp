#pragma once
// WriteTxnMarkers (api key 27). The end of a transaction in the logs: of brokers, and of
// kafka-transactions (KIP-98, KIP-664).
//
// Versions 1-2, flexible. 0 was removed in Kafka 4.0.
//   2   transaction_version (KIP-1228)

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <vector>

namespace bkes::protocol {

struct write_txn_markers_request {
    static constexpr message_schema schema{
        .name = "write_txn_markers_request", .key = 27, .versions = {1, 2}, .flexible_since = 1};

    struct marker {
        struct topic {
            bytes_view name{};
            std::vector<std::int32_t> partition_indexes{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("name", m.name, always.topic());
                f("partition_indexes", m.partition_indexes);
            }
        };

        std::int64_t producer_id = 0;
        std::int16_t producer_epoch = 0;
        bool transaction_result = false;
        std::vector<topic> topics{};
        std::int32_t coordinator_epoch = 0;
        std::int8_t transaction_version = 0;
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("producer_id", m.producer_id);
            f("producer_epoch", m.producer_epoch);
            f("transaction_result", m.transaction_result);
            f("topics", m.topics);
            f("coordinator_epoch", m.coordinator_epoch);
            f("transaction_version", m.transaction_version, since(2).ignorable());
        }
    };

    std::vector<marker> markers{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) { f("markers", m.markers); }
};

struct write_txn_markers_response {
    static constexpr message_schema schema{
        .name = "write_txn_markers_response", .key = 27, .versions = {1, 2}, .flexible_since = 1};

    struct marker {
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

        std::int64_t producer_id = 0;
        std::vector<topic> topics{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("producer_id", m.producer_id);
            f("topics", m.topics);
        }
    };

    std::vector<marker> markers{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) { f("markers", m.markers); }
};

}  // namespace bkes::protocol
