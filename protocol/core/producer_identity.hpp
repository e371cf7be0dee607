#pragma once
// The producer id and epoch under which a partition is written.

#include "protocol/core/ids.hpp"

#include <cstdint>

namespace bkes {

struct producer_identity {
    producer_id producer;
    producer_epoch epoch;

    friend bool operator==(const producer_identity&, const producer_identity&) = default;
};

/// Sequences are counted from 0 to 2^31-1 and then from 0 again.
[[nodiscard]] sequence_number sequence_after(sequence_number first, std::int32_t count);

}  // namespace bkes
