#pragma once
// EndTxn (api key 26). Committing or aborting a transaction (KIP-98).
//
// Versions 0-5.
//   2   PRODUCER_FENCED instead of INVALID_PRODUCER_EPOCH (KIP-588)
//   3   flexible
//   4   TRANSACTION_ABORTABLE (KIP-890)
//   5   the next producer id and epoch in the answer (KIP-890)

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>

namespace bkes::protocol {

struct end_txn_request {
    static constexpr message_schema schema{
        .name = "end_txn_request", .key = 26, .versions = {0, 5}, .flexible_since = 3};

    bytes_view transactional_id{};
    std::int64_t producer_id = 0;
    std::int16_t producer_epoch = 0;
    bool committed = false;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("transactional_id", m.transactional_id);
        f("producer_id", m.producer_id);
        f("producer_epoch", m.producer_epoch);
        f("committed", m.committed);
    }
};

struct end_txn_response {
    static constexpr message_schema schema{
        .name = "end_txn_response", .key = 26, .versions = {0, 5}, .flexible_since = 3};

    std::int32_t throttle_time_ms = 0;
    std::int16_t error_code = 0;
    std::int64_t producer_id = -1;
    std::int16_t producer_epoch = -1;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms);
        f("error_code", m.error_code);
        f("producer_id", m.producer_id, since(5).ignorable());
        f("producer_epoch", m.producer_epoch, since(5).ignorable());
    }
};

}  // namespace bkes::protocol
