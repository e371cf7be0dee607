#include "tests/sim/sequencer/partition_world.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bkes::sim {

partition_world::partition_world(std::size_t number, const sync::sequencer_options& options,
                                 tests::memory_heads& heads, tests::claim_table& table)
    : number{number},
      options{options},
      heads{heads},
      claims{table, options.partition},
      machine{std::make_unique<sync::sequencer>(options, heads, claims)},
      table_{table} {
    machine->resume();
}

void partition_world::send(const sync::send_batch& batch, const command_book& book) {
    if (batch.what == sync::send_batch::kind::again) {
        const auto& known = batches_.at(batch.id);
        require(!known.is_decided, "a decided batch is sent again");
        require(std::ranges::equal(batch.appends, known.commands, {}, {},
                                   [](const command* c) { return c->id; }),
                "a batch is sent again with other appends");
        requests_.push_back(batch.id);
        return;
    }
    require(!is_draining_, "something new is sent while a refusal is being sorted out");
    require(in_flight_.size() < options.in_flight_batches_max, "too many batches in flight");
    require(batches_.empty() || batches_.rbegin()->first < batch.id, "batch ids don't rise");
    if (!has_in_flight()) next_sequence_ = broker_sequence_;
    sim_batch made{.id = batch.id, .commands = {}, .offset = {}};
    std::size_t bytes = 0;
    for (const auto id : batch.appends) {
        auto* owner = book.at(id).get();
        require(!owner->is_released, "a released append is sent");
        require(!owner->is_cancelled || owner->sequence,
                "an append is sent for a client that went");
        require(!owner->goes_alone || batch.appends.size() == 1, "a big append is merged");
        owner->was_sent = true;
        made.commands.push_back(owner);
        made.count += static_cast<std::int64_t>(owner->records.size());
        bytes += 10 * owner->records.size();
    }
    require(made.commands.size() == 1 ||
                (bytes <= options.batch_bytes_max &&
                 made.count <= static_cast<std::int64_t>(options.batch_records_max)),
            "a merged batch is too large");
    made.base_sequence = next_sequence_;
    made.stored_when_formed = stored_next_;
    next_sequence_ += made.count;
    requests_.push_back(batch.id);
    in_flight_.insert(batch.id);
    unstored_.insert(batch.id);
    batches_.emplace(batch.id, std::move(made));
}

void partition_world::broker_takes_request(dice& d) {
    if (requests_.empty()) return;
    auto& batch = batches_.at(requests_.front());
    requests_.pop_front();
    const bool is_poison = std::ranges::any_of(batch.commands, &command::is_poison);
    auto what = reply_kind::written;
    if (batch.offset && *batch.offset < recognised_from_) {
        what = reply_kind::unexplained;
    } else if (!batch.offset && batch.base_sequence != broker_sequence_) {
        what = reply_kind::out_of_sequence;
    } else if (!batch.offset && is_poison) {
        what = reply_kind::refused_record;
    } else if (!batch.offset && d.percent(1)) {
        what = d.percent(50) ? reply_kind::refused_record : reply_kind::refused_batch;
    } else if (!batch.offset) {
        write(batch);
    }
    trace(fmt::format("p{} broker: batch {} -> {}", number, batch.id.value(),
                      static_cast<int>(what)));
    replies_.push_back({batch.id, what});
}

void partition_world::write(sim_batch& batch) {
    on_write(*this, batch);
    batch.offset = static_cast<std::int64_t>(log_.size());
    by_offset_.emplace(*batch.offset, batch.id);
    broker_sequence_ += batch.count;
    for (auto* owner : batch.commands) {
        owner->offset = static_cast<std::int64_t>(log_.size());
        for (std::size_t i = 0; i < owner->records.size(); ++i) {
            const auto& key = owner->records[i].key;
            log_.push_back({owner, i, key, key ? log_orders_[*key]++ : 0});
        }
    }
}

void partition_world::reply_arrives(dice& d) {
    if (replies_.empty()) return;
    const auto [id, what] = replies_.front();
    replies_.pop_front();
    auto& batch = batches_.at(id);
    if (batch.is_decided) return;  // was found in the log meanwhile
    if (what == reply_kind::written && d.percent(4)) {
        trace(fmt::format("p{} batch {} timed out at the broker", number, id.value()));
        return machine->unknown(id);
    }
    if (what == reply_kind::unexplained) return fences_itself(d);
    decide(batch, what);
}

void partition_world::decide(sim_batch& batch, reply_kind what) {
    trace(fmt::format("p{} outcome of batch {}: {}", number, batch.id.value(),
                      static_cast<int>(what)));
    if (what == reply_kind::written) return tell_written(batch);
    batch.is_decided = true;
    in_flight_.erase(batch.id);
    unstored_.erase(batch.id);
    is_draining_ = has_in_flight();
    for (auto* owner : batch.commands) {
        if (what == reply_kind::refused_batch) owner->was_refused_for_all = true;
        if (what == reply_kind::refused_record && batch.commands.size() == 1) {
            owner->was_refused_alone = true;
        }
    }
    switch (what) {
        case reply_kind::refused_record:
            return batch.id.value() % 2 == 0
                       ? machine->refused(batch.id, 87, sync::refusal_blame::one_record)
                       : machine->refused(batch.id, 10, sync::refusal_blame::its_size);
        case reply_kind::refused_batch:
            return machine->refused(batch.id, 29, sync::refusal_blame::whole_batch);
        default:
            return machine->not_written(batch.id);
    }
}

void partition_world::tell_written(sim_batch& batch) {
    batch.is_decided = true;
    in_flight_.erase(batch.id);
    if (!has_in_flight()) is_draining_ = false;
    machine->acked(batch.id, log_offset{*batch.offset});
}

void partition_world::connection_breaks(dice& d) {
    if (!is_connected_) return;
    is_connected_ = false;
    trace(fmt::format("p{} connection breaks", number));
    for (auto reached = d.below(requests_.size() + 1); reached > 0; --reached) {
        broker_takes_request(d);
    }
    requests_.clear();
    replies_.clear();
    machine->suspend();
    for (const auto id : in_flight_) machine->unknown(id);
}

void partition_world::comes_back() {
    trace(fmt::format("p{} comes back", number));
    is_connected_ = true;
    machine->resume();
}

/// A new epoch and a barrier: what is in the log now is all there will be of the old one.
void partition_world::fences_itself(dice& d) {
    connection_breaks(d);
    trace(fmt::format("p{} fences itself", number));
    for (const auto id : std::vector(in_flight_.begin(), in_flight_.end())) {
        auto& batch = batches_.at(id);
        decide(batch, batch.offset ? reply_kind::written : reply_kind::out_of_sequence);
    }
    broker_sequence_ = 0;
}

void partition_world::store_moves_on(dice& d) {
    const auto end = static_cast<std::int64_t>(log_.size());
    if (stored_next_ == end) return;
    auto target = stored_next_ + 1 +
                  static_cast<std::int64_t>(d.below(static_cast<std::size_t>(end - stored_next_)));
    std::vector<std::string> foreign_keys;
    auto at = stored_next_;
    for (; at < target; ++at) {
        const auto& record = log_[static_cast<std::size_t>(at)];
        if (const auto begins = by_offset_.find(at); begins != by_offset_.end()) {
            auto& batch = batches_.at(begins->second);
            if (!batch.is_decided && d.percent(50)) break;
            // The tail meets a batch whose answer is still on its way.
            if (!batch.is_decided) tell_written(batch);
            target = std::max(target, at + batch.count);  // never a part of one
        }
        if (!record.key) continue;
        const auto id = record.owner != nullptr ? record.owner->records[record.index].event_id : "";
        heads.add(*record.key, options.partition, log_offset{at}, id);
        if (record.owner == nullptr) foreign_keys.push_back(*record.key);
    }
    if (at == stored_next_) return;
    stored_next_ = at;
    std::erase_if(unstored_, [&](sync::batch_id id) {
        const auto& batch = batches_.at(id);
        return batch.is_decided && batch.offset && *batch.offset + batch.count <= at;
    });
    trace(fmt::format("p{} stored up to {}", number, at));
    machine->stored(log_offset{at});
    for (const auto& key : foreign_keys) machine->head_changed(key);
}

void partition_world::foreign_record(const std::string& key) {
    trace(fmt::format("p{} foreign record of {} at {}", number, key, log_.size()));
    log_.push_back({nullptr, 0, key, log_orders_[key]++});
}

void partition_world::settle_everything(dice& d) {
    if (!is_connected_) comes_back();
    machine->resume();
    while (!requests_.empty()) broker_takes_request(d);
    while (!replies_.empty()) reply_arrives(d);
    for (int i = 0; i < 100 && stored_next_ < static_cast<std::int64_t>(log_.size()); ++i) {
        store_moves_on(d);
    }
}

bool partition_world::has_unstored(const std::string& key) const {
    const auto holds_key = [&](const command* c) {
        return std::ranges::any_of(c->records, [&](const auto& r) { return r.key == key; });
    };
    return std::ranges::any_of(unstored_, [&](sync::batch_id id) {
        return std::ranges::any_of(batches_.at(id).commands, holds_key);
    });
}

std::int64_t partition_world::events_in_log(const std::string& key) const {
    const auto at = log_orders_.find(key);
    return at == log_orders_.end() ? 0 : at->second;
}

}  // namespace bkes::sim
