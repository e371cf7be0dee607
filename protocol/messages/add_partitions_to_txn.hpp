#pragma once
// AddPartitionsToTxn (api key 24). Telling the transaction coordinator what a transaction writes to
// (KIP-98).
//
// Versions 0-5.
//   2   PRODUCER_FENCED instead of INVALID_PRODUCER_EPOCH (KIP-588)
//   3   flexible
//   4   several transactions at once, verify_only: for brokers, clients stay at 3 (KIP-890)
//   5   TRANSACTION_ABORTABLE (KIP-890)

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <vector>

namespace bkes::protocol {

struct add_partitions_to_txn_request {
    static constexpr message_schema schema{.name = "add_partitions_to_txn_request",
                                           .key = 24,
                                           .versions = {0, 5},
                                           .flexible_since = 3};

    struct topic {
        bytes_view name{};
        std::vector<std::int32_t> partitions{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("name", m.name, always.topic());
            f("partitions", m.partitions);
        }
    };

    struct transaction {
        bytes_view transactional_id{};
        std::int64_t producer_id = 0;
        std::int16_t producer_epoch = 0;
        bool verify_only = false;
        std::vector<topic> topics{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("transactional_id", m.transactional_id);
            f("producer_id", m.producer_id);
            f("producer_epoch", m.producer_epoch);
            f("verify_only", m.verify_only);
            f("topics", m.topics);
        }
    };

    std::vector<transaction> transactions{};
    bytes_view v3_and_below_transactional_id{};
    std::int64_t v3_and_below_producer_id = 0;
    std::int16_t v3_and_below_producer_epoch = 0;
    std::vector<topic> v3_and_below_topics{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("transactions", m.transactions, since(4));
        f("v3_and_below_transactional_id", m.v3_and_below_transactional_id, until(3));
        f("v3_and_below_producer_id", m.v3_and_below_producer_id, until(3));
        f("v3_and_below_producer_epoch", m.v3_and_below_producer_epoch, until(3));
        f("v3_and_below_topics", m.v3_and_below_topics, until(3));
    }
};

struct add_partitions_to_txn_response {
    static constexpr message_schema schema{.name = "add_partitions_to_txn_response",
                                           .key = 24,
                                           .versions = {0, 5},
                                           .flexible_since = 3};

    struct partition_result {
        std::int32_t partition_index = 0;
        std::int16_t partition_error_code = 0;
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("partition_index", m.partition_index);
            f("partition_error_code", m.partition_error_code);
        }
    };

    struct topic_result {
        bytes_view name{};
        std::vector<partition_result> results_by_partition{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("name", m.name);
            f("results_by_partition", m.results_by_partition);
        }
    };

    struct transaction_result {
        bytes_view transactional_id{};
        std::vector<topic_result> topic_results{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("transactional_id", m.transactional_id);
            f("topic_results", m.topic_results);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::int16_t error_code = 0;
    std::vector<transaction_result> results_by_transaction{};
    std::vector<topic_result> results_by_topic_v3_and_below{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms);
        f("error_code", m.error_code, since(4).ignorable());
        f("results_by_transaction", m.results_by_transaction, since(4));
        f("results_by_topic_v3_and_below", m.results_by_topic_v3_and_below, until(3));
    }
};

}  // namespace bkes::protocol
