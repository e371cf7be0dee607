// Taking events away: drop_before, truncate, drop_partition; and their end after a crash.
//
// All three find the partition's heads through `firsts` (format.hpp), drop_before only those that
// lose events, and change them in batches of at most `batch_entries_max` entries; the write lock is
// free between batches, so other partitions go on. After each batch every head agrees with its
// events. What a crash leaves half done: drop_before is asked for again by the log_tail; the other
// two leave their state in the position, and `recover` goes on with them.

#include "store/errors.hpp"
#include "store/rocks_retraction.hpp"

#include <algorithm>
#include <optional>

namespace bkes::store {
namespace {

/// drop_before: from the front, until the first event that the log still has.
class drop_from_front final : public retraction {
  public:
    drop_from_front(rocks_store& store, topic_partition where, log_offset log_start)
        : retraction{store, where, log_start}, log_start_{log_start} {}

  private:
    [[nodiscard]] bool affects(const stored_head& own) const override {
        return !own.is_empty() && own.head.first_offset < log_start_;
    }

    result<progress> take_some(bytes_view key, stored_head& own) override {
        auto& head = own.head;
        auto wanted = event_key(key, head.start_order);
        for (events().Seek(wanted); head.start_order < head.next_order; events().Next()) {
            replace_order(wanted, head.start_order);
            const auto event = event_with(wanted);
            if (!event) {
                return failure{event.error()};
            }
            head.first_offset = event->offset;
            head.first_timestamp_ms = event->timestamp_ms;
            if (event->offset >= log_start_ || is_full()) {
                break;
            }
            own.dropped = {event->offset, event->timestamp_ms};
            erase(wanted);
            head.start_order = head.start_order + 1;
        }
        return affects(own) ? progress::more : progress::finished;
    }

    log_offset log_start_;
};

/// truncate: from the back, until the last event that the log still has.
class cut_from_back final : public retraction {
  public:
    cut_from_back(rocks_store& store, topic_partition where, log_offset end)
        : retraction{store, where, emptied_offset}, end_{end} {}

  private:
    [[nodiscard]] bool affects(const stored_head& own) const override {
        return !own.is_empty() && own.head.last_offset >= end_;
    }

    result<progress> take_some(bytes_view key, stored_head& own) override {
        auto& head = own.head;
        auto wanted = event_key(key, head.next_order + -1);
        for (events().Seek(wanted); head.start_order < head.next_order; events().Prev()) {
            const auto order = head.next_order + -1;
            replace_order(wanted, order);
            const auto event = event_with(wanted);
            if (!event) {
                return failure{event.error()};
            }
            head.last_offset = event->offset;
            head.last_timestamp_ms = event->timestamp_ms;
            if (event->offset < end_ || is_full()) {
                break;
            }
            erase(wanted);
            head.next_order = order;
        }
        if (own.is_empty() && own.lost_events()) {
            head.first_offset = head.last_offset = own.dropped.offset;
            head.first_timestamp_ms = head.last_timestamp_ms = own.dropped.timestamp_ms;
        }
        return affects(own) ? progress::more : progress::finished;
    }

    log_offset end_;
};

/// drop_partition: everything, without reading it, as orders have no gaps.
class drop_all final : public retraction {
  public:
    drop_all(rocks_store& store, topic_partition where) : retraction{store, where, std::nullopt} {}

  private:
    [[nodiscard]] bool affects(const stored_head& /*own*/) const override { return true; }

    result<progress> take_some(bytes_view key, stored_head& own) override {
        auto& head = own.head;
        auto wanted = event_key(key, head.start_order);
        while (head.start_order < head.next_order) {
            if (is_full()) {
                return progress::more;
            }
            replace_order(wanted, head.start_order);
            erase(wanted);
            head.start_order = head.start_order + 1;
        }
        own.dropped = {};
        return progress::finished;
    }
};

}  // namespace

result<void> rocks_store::drop_before(topic_partition where, log_offset log_start) {
    return drop_from_front{*this, where, std::max(log_start, log_offset{0})}.run();
}

result<void> rocks_store::truncate(topic_partition where, const log_position& end) {
    const auto stored = stored_position_of(where);
    const auto next_offset = stored ? stored->position.next_offset : log_offset{0};
    if (end.next_offset > next_offset || (stored && stored->state == partition_state::dropping)) {
        return failure{store_errc::out_of_order};
    }
    if (auto settled = settle(); !settled) {
        return settled;
    }
    if (auto begun = write_position(where, stored_position{partition_state::truncating, end});
        !begun) {
        return begun;
    }
    if (auto cut = cut_from_back{*this, where, end.next_offset}.run(); !cut) {
        return cut;
    }
    return write_position(where, stored_position{partition_state::settled, end});
}

result<void> rocks_store::drop_partition(topic_partition where) {
    if (auto settled = settle(); !settled) {
        return settled;
    }
    if (auto begun = write_position(where, stored_position{partition_state::dropping, {}});
        !begun) {
        return begun;
    }
    if (auto dropped = drop_all{*this, where}.run(); !dropped) {
        return dropped;
    }
    return write_position(where, std::nullopt);
}

result<void> rocks_store::recover() {
    if (auto read = read_positions(); !read) {
        return read;
    }
    const auto positions = positions_;
    for (const auto& [key, held] : positions) {
        const auto& stored = held.stored;
        const auto name = decode_position_key(key);
        const topic_partition where{name->topic, name->partition};
        if (stored.state == partition_state::settled) {
            continue;
        }
        auto ended = stored.state == partition_state::dropping ? drop_partition(where)
                                                               : truncate(where, stored.position);
        if (!ended) {
            return ended;
        }
    }
    return {};
}

}  // namespace bkes::store
