#include "store/seen_keys.hpp"

#include <algorithm>
#include <functional>
#include <limits>

namespace bkes::store {
namespace {

constexpr std::uint64_t bits_per_key = 10;
constexpr int bits_set = 5;
constexpr int bit_number_bits = 9;  // of the 512 in a line
constexpr std::uint64_t bit_number_mask = 511;

/// Where the line comes from the upper bits of the hash, the places in it must not.
std::uint64_t remixed(std::uint64_t hash) {
    return (hash ^ hash >> 32U) * 0x9E3779B97F4A7C15U >> 16U;
}

}  // namespace

seen_keys::seen_keys(std::uint64_t keys, std::size_t bytes_max) {
    const auto keys_max = std::numeric_limits<std::uint64_t>::max() / bits_per_key;
    const auto bytes_wanted = std::min(keys, keys_max) * bits_per_key / 8;
    const auto bytes = std::min<std::uint64_t>(bytes_wanted, bytes_max);
    lines_.resize(std::max<std::size_t>(1, bytes / sizeof(line)));
}

std::size_t seen_keys::line_of(std::uint64_t hash) const {
    return static_cast<std::size_t>((hash >> 32U) * lines_.size() >> 32U);
}

/// A line with the bits of this key alone.
seen_keys::line seen_keys::bits_of(std::uint64_t hash) {
    line bits;
    auto rest = remixed(hash);
    for (int bit = 0; bit < bits_set; ++bit, rest >>= bit_number_bits) {
        const auto number = rest & bit_number_mask;
        bits.words[number / 64] |= std::uint64_t{1} << number % 64;
    }
    return bits;
}

void seen_keys::add(std::uint64_t hash) {
    auto& line = lines_[line_of(hash)];
    std::ranges::transform(line.words, bits_of(hash).words, line.words, std::bit_or{});
}

bool seen_keys::may_hold(std::uint64_t hash) const {
    if (!has_all_) {
        return true;
    }
    const auto& line = lines_[line_of(hash)];
    return std::ranges::equal(line.words, bits_of(hash).words,
                              [](auto held, auto asked) { return (held & asked) == asked; });
}

}  // namespace bkes::store
