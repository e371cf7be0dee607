#pragma once
// The topics that are read back: which aggregates they hold, by formula, so that the program that
// fills them and the one that reads agree without a list.
//
// Layout "mixed": a third of the events in aggregates of 10, of 100 and of 1,000 events each. The
// events of one aggregate stand as far apart as the topic is long. Layout "distinct": one event a
// key. Layout "scattered": the same with keys that come in no order, as UUIDs do.

#include "protocol/core/bytes.hpp"

#include <array>
#include <cstdint>

namespace bkes::bench {

inline constexpr std::array<std::int64_t, 3> mixed_sizes{10, 100, 1000};

/// How many aggregates of `size` events a mixed topic of `events` holds.
std::int64_t aggregate_count(std::int64_t events, std::int64_t size);

bytes aggregate_key(std::int64_t size, std::int64_t index);

bytes scattered_key(std::int64_t index);

/// Value and header `order`, as in a record. The value is `value_size` bytes that don't compress to
/// nothing.
bytes event_body(std::int64_t order, std::size_t value_size);

}  // namespace bkes::bench
