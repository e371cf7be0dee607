#pragma once
// The producer id and epoch under which a partition is written.

#include "protocol/core/ids.hpp"
#include "protocol/core/result.hpp"
#include "sync/broker_link.hpp"

#include <functional>

namespace bkes::sync {

struct producer_identity {
    producer_id producer;
    producer_epoch epoch;

    friend bool operator==(const producer_identity&, const producer_identity&) = default;
};

/// Sequences are counted from 0 to 2^31-1 and then from 0 again.
[[nodiscard]] sequence_number sequence_after(sequence_number first, std::int32_t count);

/// Asks any broker for a fresh idempotent identity.
void take_identity(broker_link& link,
                   std::move_only_function<void(result<producer_identity>)> done);

}  // namespace bkes::sync
