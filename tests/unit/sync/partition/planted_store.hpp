#pragma once
// A real store in which faults are planted.

#include "store/errors.hpp"
#include "store/event_store.hpp"

#include <atomic>
#include <memory>
#include <utility>

namespace bkes::sync::test {

class planted_store final : public store::event_store {
  public:
    using topic_partition = store::topic_partition;

    explicit planted_store(std::unique_ptr<store::event_store> inner) : inner_{std::move(inner)} {}

    /// So many calls of `apply` are refused as busy.
    std::atomic<int> busy_applies{0};

    /// `drop_before` begins, and goes on when it is let go.
    std::atomic<bool> holds_drops{false};
    std::atomic<int> drops_begun{0};

    void let_drops_go() {
        holds_drops = false;
        holds_drops.notify_all();
    }

    result<store::apply_report> apply(topic_partition where,
                                      std::span<const store::new_event> events,
                                      const store::log_position& after) override {
        if (busy_applies > 0) {
            --busy_applies;
            return failure{store::store_errc::busy};
        }
        return inner_->apply(where, events, after);
    }

    result<std::optional<store::aggregate_head>> find_head(bytes_view topic,
                                                           bytes_view key) override {
        return inner_->find_head(topic, key);
    }

    result<std::vector<store::aggregate_head>> find_heads(bytes_view topic,
                                                          bytes_view key) override {
        return inner_->find_heads(topic, key);
    }

    result<void> read_aggregate(bytes_view topic, bytes_view key, store::read_direction direction,
                                const store::head_visitor& start,
                                const store::event_visitor& visit) override {
        return inner_->read_aggregate(topic, key, direction, start, visit);
    }

    result<void> read_events(topic_partition where, bytes_view key, event_order from,
                             const store::event_visitor& visit) override {
        return inner_->read_events(where, key, from, visit);
    }

    result<std::vector<store::listed_key>> list_keys(bytes_view topic, bytes_view prefix,
                                                     std::optional<bytes_view> after,
                                                     std::size_t limit,
                                                     std::size_t bytes_max) override {
        return inner_->list_keys(topic, prefix, after, limit, bytes_max);
    }

    result<std::optional<store::log_position>> position(topic_partition where) override {
        return inner_->position(where);
    }

    std::vector<partition_id> partitions(bytes_view topic) override {
        return inner_->partitions(topic);
    }

    result<void> drop_before(topic_partition where, log_offset log_start) override {
        ++drops_begun;
        holds_drops.wait(true);
        return inner_->drop_before(where, log_start);
    }

    result<void> truncate(topic_partition where, const store::log_position& end) override {
        return inner_->truncate(where, end);
    }

    result<void> drop_partition(topic_partition where) override {
        return inner_->drop_partition(where);
    }

    result<void> begin_fill(std::uint64_t events) override { return inner_->begin_fill(events); }

    result<void> end_fill() override { return inner_->end_fill(); }

    result<void> flush() override { return inner_->flush(); }

    store::checkpoint_outcome checkpoint(const std::string& place) override {
        return inner_->checkpoint(place);
    }

    void interrupt() override { inner_->interrupt(); }

    [[nodiscard]] store::store_figures figures() const override { return inner_->figures(); }

  private:
    std::unique_ptr<store::event_store> inner_;
};

}  // namespace bkes::sync::test
