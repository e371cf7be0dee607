#pragma once
// The events in an answer to FetchByKey.

#include "protocol/batch/record_batch.hpp"
#include "protocol/messages/fetch_by_key.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::proxy {

struct decoded_event {
    std::int64_t order = 0;
    std::int64_t offset = 0;  ///< in the log
    std::int64_t timestamp_ms = 0;
    const protocol::record_view* record = nullptr;
};

/// Movable: what it points into stays in place.
struct decoded_events {
    std::vector<protocol::decoded_batch> batches;
    std::vector<decoded_event> events;  ///< orders rising; of `batches`
};

/// Empty, if it makes no sense. `answer` outlives the result.
std::optional<decoded_events> decode_events(
    const protocol::fetch_by_key_response::aggregate& answer);

}  // namespace bkes::proxy
