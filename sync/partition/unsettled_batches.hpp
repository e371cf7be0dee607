#pragma once
// What was sent to Kafka and isn't in the store, or given up, yet. Where ownership is shared, others
// follow the log, and may show an event before its owner has heard that it stands there. So a read at
// the owner that begins after that must not miss it: it waits for all that was sent before it began, if
// its key may be among that, and so does an answer to those who follow.
//
// Keys are told apart by a few counters, so one that isn't under way seldom passes for one that is.
//
// Belongs to the partition's thread, but for what is const.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "sync/sequencer/append_types.hpp"
#include "sync/types/read_types.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace bkes::sync {

class unsettled_batches {
  public:
    using slot = std::uint8_t;

    [[nodiscard]] static slot slot_of(bytes_view key);

    /// Before it leaves.
    void sent(batch_id id, std::vector<slot> keys, read_moment now);
    /// It is not in the log, and won't be.
    void not_written(batch_id id);
    /// It ends there in the log.
    void written(batch_id id, log_offset end);
    /// The store has all below. True if reads that waited may go on.
    bool stored(log_offset next_offset);
    /// The log was cut there: what stood behind is gone.
    void cut(log_offset end);
    void clear();

    /// All that was sent before this moment is settled.
    [[nodiscard]] read_moment settled_until() const { return settled_until_.load(); }

    [[nodiscard]] bool may_hold(bytes_view key) const { return keys_[slot_of(key)].load() != 0; }

  private:
    static constexpr std::size_t slots = 128;

    struct unsettled {
        read_moment sent_at;
        std::vector<slot> keys;
        std::optional<log_offset> end;
    };

    using table = std::map<batch_id, unsettled>;

    table::iterator settle(table::iterator one);
    void publish();

    table batches_;  ///< in the order of their sending
    std::array<std::atomic<std::uint32_t>, slots> keys_{};
    std::atomic<read_moment> settled_until_{read_moment::max()};
};

}  // namespace bkes::sync
