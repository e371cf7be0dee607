#pragma once
// How often the index of a partition was built again from its log, by cause. Several partitions'
// threads count, seldom: not on the way of a request.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace bkes::sync {

enum class rebuild_cause : std::uint8_t {
    store_was_empty,   ///< a new data.dir, or one that was deleted
    older_format,      ///< the store was emptied as it was opened
    topic_made_anew,   ///< deleted and created again
    log_was_replaced,  ///< an unclean leader election, and nobody knows from where on
    log_was_cut,       ///< an unclean leader election: only from there on
};

inline constexpr std::size_t rebuild_causes = std::to_underlying(rebuild_cause::log_was_cut) + 1;

[[nodiscard]] constexpr std::string_view name_of(rebuild_cause cause) {
    constexpr std::array<std::string_view, rebuild_causes> names{
        "store_was_empty", "older_format", "topic_made_anew", "log_was_replaced", "log_was_cut"};
    return names[std::to_underlying(cause)];
}

class rebuild_counts {
  public:
    void add(rebuild_cause cause) {
        values_[std::to_underlying(cause)].fetch_add(1, std::memory_order_relaxed);
    }

    [[nodiscard]] std::uint64_t of(rebuild_cause cause) const {
        return values_[std::to_underlying(cause)].load(std::memory_order_relaxed);
    }

  private:
    std::array<std::atomic<std::uint64_t>, rebuild_causes> values_{};
};

}  // namespace bkes::sync
