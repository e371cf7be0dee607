#include "protocol/core/producer_identity.hpp"

#include <limits>

namespace bkes {

sequence_number sequence_after(sequence_number first, std::int32_t count) {
    constexpr auto wrap = std::int64_t{std::numeric_limits<std::int32_t>::max()} + 1;
    return sequence_number{static_cast<std::int32_t>((std::int64_t{first.value()} + count) % wrap)};
}

}  // namespace bkes
