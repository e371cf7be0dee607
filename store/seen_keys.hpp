#pragma once
// Which keys have a head, as a Bloom filter in memory: while a store is filled nearly every key may be
// a new one, and asking RocksDB costs a look at the filter of each of its files (rocks_fill.cpp). "No" is
// certain, "yes" is to be looked up; once more keys are in it than it was made for there are more
// wrong yesses, and nothing else. Until it was told of those from before, all answers are "yes".
//
// One cache line holds all bits of a key (Putze, Sanders, Singler: Cache-, Hash- and Space-Efficient
// Bloom Filters, 2007). No locks: belongs to whoever holds the store's write lock.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bkes::store {

class seen_keys {
  public:
    /// For so many keys about 1.5 of a hundred unknown ones are "yes". Takes 10 bits for each, but no
    /// more than `bytes_max`.
    seen_keys(std::uint64_t keys, std::size_t bytes_max);

    /// `hash` of 64 good bits.
    void add(std::uint64_t hash);

    /// Those from before are in it, too.
    void has_all() { has_all_ = true; }

    [[nodiscard]] bool may_hold(std::uint64_t hash) const;

    [[nodiscard]] std::size_t bytes() const { return lines_.size() * sizeof(line); }

  private:
    struct alignas(64) line {
        std::uint64_t words[8] = {};
    };

    [[nodiscard]] std::size_t line_of(std::uint64_t hash) const;
    [[nodiscard]] static line bits_of(std::uint64_t hash);

    std::vector<line> lines_;
    bool has_all_ = false;
};

}  // namespace bkes::store
