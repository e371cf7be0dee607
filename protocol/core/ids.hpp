#pragma once
// The numbers of Kafka and of bkes, each a type of its own. Kafka's words, used exactly once each.

#include "protocol/core/strong_id.hpp"

#include <array>
#include <compare>
#include <cstdint>

namespace bkes {

using node_id = strong_id<struct node_id_tag, std::int32_t>;            ///< a broker
using partition_id = strong_id<struct partition_id_tag, std::int32_t>;  ///< within a topic
using log_offset = strong_id<struct log_offset_tag, std::int64_t>;      ///< place in a partition
using leader_epoch = strong_id<struct leader_epoch_tag, std::int32_t>;  ///< -1: unknown
using producer_id = strong_id<struct producer_id_tag, std::int64_t>;    ///< -1: not idempotent
using producer_epoch = strong_id<struct producer_epoch_tag, std::int16_t>;
using sequence_number = strong_id<struct sequence_number_tag, std::int32_t>;

/// An event's place in its aggregate: 0, 1, 2, ... (contract section 2).
using event_order = strong_id<struct event_order_tag, std::int64_t>;

inline constexpr leader_epoch unknown_leader_epoch{-1};

/// Kafka's topic id: 16 raw bytes, all zero = none.
struct uuid {
    std::array<std::uint8_t, 16> octets{};

    [[nodiscard]] constexpr bool is_zero() const { return *this == uuid{}; }

    friend constexpr auto operator<=>(const uuid&, const uuid&) = default;
};

}  // namespace bkes
