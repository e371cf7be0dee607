// The seldom ends: leaders that move, logs that are cut, and a bkes that starts again.

#include "tests/sim/sequencer/partition_world.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bkes::sim {

void partition_world::leader_moves(dice& d) {
    connection_breaks(d);
    recognised_from_ = by_offset_.empty() ? 0 : by_offset_.rbegin()->first;
    trace(fmt::format("p{} leader moves, recognises from {}", number, recognised_from_));
}

void partition_world::log_is_cut(dice& d) {
    connection_breaks(d);
    const auto size = static_cast<std::int64_t>(log_.size());
    auto end = size - static_cast<std::int64_t>(
                          d.below(static_cast<std::size_t>(std::min<std::int64_t>(size, 6)) + 1));
    for (const auto& [begin, id] : by_offset_) {  // batches go whole
        if (begin < end && end < begin + batches_.at(id).count) end = begin;
    }
    while (end < size && log_[static_cast<std::size_t>(end)].index != 0) --end;
    trace(fmt::format("p{} log is cut at {} of {}", number, end, size));
    cut_log(end);
    set_store_back(end);
    on_loss(*this);
    machine->truncated(log_offset{end});
    machine->stored(log_offset{stored_next_});
    // What is in flight has sequences that the new leader doesn't expect.
    fences_itself(d);
}

void partition_world::cut_log(std::int64_t end) {
    for (auto at = by_offset_.lower_bound(end); at != by_offset_.end(); at = by_offset_.erase(at)) {
        auto& batch = batches_.at(at->second);
        batch.offset.reset();
        if (batch.is_decided) unstored_.erase(batch.id);
    }
    for (auto at = static_cast<std::size_t>(end); at < log_.size(); ++at) {
        if (log_[at].owner != nullptr) log_[at].owner->offset.reset();
    }
    log_.resize(static_cast<std::size_t>(end));
    log_orders_.clear();
    for (const auto& record : log_) {
        if (record.key) ++log_orders_[*record.key];
    }
}

void partition_world::set_store_back(std::int64_t end) {
    stored_next_ = std::min(stored_next_, end);
    for (auto& [key, aggregate] : heads.aggregates) {
        if (aggregate.home != options.partition) continue;
        std::erase_if(aggregate.events,
                      [end](const auto& event) { return event.offset.value() >= end; });
    }
    std::erase_if(heads.aggregates, [](const auto& known) { return known.second.events.empty(); });
}

void partition_world::restarts(dice& d) {
    connection_breaks(d);  // some requests reach the broker yet
    trace(fmt::format("p{} bkes starts again", number));
    batches_.clear();
    by_offset_.clear();
    in_flight_.clear();
    unstored_.clear();
    is_draining_ = false;
    std::erase_if(table_.holders,
                  [this](const auto& held) { return held.second == options.partition; });
    machine = std::make_unique<sync::sequencer>(options, heads, claims);
    is_closed = false;
    // The last flush may have been long ago; the log is read again from there.
    set_store_back(static_cast<std::int64_t>(d.below(static_cast<std::size_t>(stored_next_) + 1)));
    broker_sequence_ = 0;
    remembers_from_ = static_cast<std::int64_t>(log_.size());
    on_loss(*this);
    while (stored_next_ < remembers_from_) store_moves_on(d);
    is_connected_ = true;
    machine->resume();
}

}  // namespace bkes::sim
