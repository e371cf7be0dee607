#pragma once
// What others chose, as a log line can show it: keys, and sentences of peers.

#include "protocol/core/bytes.hpp"

#include <cstddef>
#include <string>

namespace bkes::sync {

inline constexpr std::size_t shown_of_a_key = 64;
inline constexpr std::size_t shown_of_a_sentence = 500;

/// At most so many bytes of it; what isn't printable ASCII as \xHH.
std::string printable(bytes_view text, std::size_t most = shown_of_a_key);

}  // namespace bkes::sync
