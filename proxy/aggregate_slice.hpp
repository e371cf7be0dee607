#pragma once
// A run of events of one aggregate as a record batch: what a Fetch from a key topic and FetchByKey
// carry. Base offset = order; producer id, epoch and sequence -1; not transactional; fresh CRC.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/core/result.hpp"
#include "store/event_store.hpp"

#include <cstdint>
#include <vector>

namespace bkes::proxy {

struct aggregate_slice {
    bytes records;                          ///< one batch; empty if there is no event to give
    std::vector<std::int64_t> log_offsets;  ///< of each event, in order
};

/// The events from `from` up to `head.next_order`, at least one if there is any and then as many as
/// fit in `bytes_max`. `head` is that of the key's home partition. Reads the store on this thread:
/// one scan, bounded by `bytes_max`.
result<aggregate_slice> read_slice(store::event_store& events, bytes_view topic, bytes_view key,
                                   const store::aggregate_head& head, event_order from,
                                   std::size_t bytes_max);

}  // namespace bkes::proxy
