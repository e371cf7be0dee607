#pragma once
// Why an append had to wait before it could be judged or answered.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace bkes::sync {

enum class hold_cause : std::uint8_t {
    not_ready,  ///< nothing is judged: catching up, no leader, a transaction of others is open
    order,      ///< its order depends on an append that is undecided
    sequence,   ///< so does its place behind another batch of its idempotent producer
    home,       ///< another partition has it, or may be about to give the key its first event
    proof,      ///< it is refused, which is only said when this instance is still the owner
};

inline constexpr std::size_t hold_causes = std::to_underlying(hold_cause::proof) + 1;

[[nodiscard]] constexpr std::string_view name_of(hold_cause cause) {
    constexpr std::array<std::string_view, hold_causes> names{"not_ready", "order", "sequence",
                                                              "home", "proof"};
    return names[std::to_underlying(cause)];
}

}  // namespace bkes::sync
