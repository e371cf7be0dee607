#pragma once
// InitProducerId (api key 22). A producer id and epoch; fences older epochs of a transactional id
// (KIP-98).
//
// Versions 0-5; 6 (two-phase commit, KIP-939) is unstable in Kafka 4.3.
//   2   flexible
//   3   producer_id and epoch in the request: keep the id, raise the epoch (KIP-360)
//   4   PRODUCER_FENCED instead of INVALID_PRODUCER_EPOCH (KIP-588)
//   5   TRANSACTION_ABORTABLE (KIP-890)

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>

namespace bkes::protocol {

struct init_producer_id_request {
    static constexpr message_schema schema{
        .name = "init_producer_id_request", .key = 22, .versions = {0, 5}, .flexible_since = 2};

    std::optional<bytes_view> transactional_id = bytes_view{};
    std::int32_t transaction_timeout_ms = 0;
    std::int64_t producer_id = -1;
    std::int16_t producer_epoch = -1;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("transactional_id", m.transactional_id, always.nullable());
        f("transaction_timeout_ms", m.transaction_timeout_ms);
        f("producer_id", m.producer_id, since(3));
        f("producer_epoch", m.producer_epoch, since(3));
    }
};

struct init_producer_id_response {
    static constexpr message_schema schema{
        .name = "init_producer_id_response", .key = 22, .versions = {0, 5}, .flexible_since = 2};

    std::int32_t throttle_time_ms = 0;
    std::int16_t error_code = 0;
    std::int64_t producer_id = -1;
    std::int16_t producer_epoch = 0;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms, always.ignorable());
        f("error_code", m.error_code);
        f("producer_id", m.producer_id);
        f("producer_epoch", m.producer_epoch);
    }
};

}  // namespace bkes::protocol
