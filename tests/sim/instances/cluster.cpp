#include "tests/sim/instances/cluster.hpp"

#include <algorithm>
#include <utility>

namespace bkes::sim::instances {

namespace {

constexpr std::size_t batches_remembered = 5;
constexpr std::chrono::minutes transaction_timeout{5};
constexpr std::int16_t epoch_max = 32'766;

producer_epoch after(producer_epoch epoch) {
    return producer_epoch{static_cast<std::int16_t>(epoch.value() + 1)};
}

}  // namespace

leader::reply leader::append(log_entry batch, sim_time now) {
    const auto known = producers_.find(batch.writer.producer);
    if (known != producers_.end()) {
        const auto& state = known->second;
        if (batch.writer.epoch < state.epoch) return {invalid_producer_epoch};
        if (batch.writer.epoch == state.epoch) {
            for (const auto& one : state.last) {
                if (one.base == batch.base_sequence && one.count == batch.count) {
                    return {none, one.offset};
                }
            }
            if (state.next && *state.next != batch.base_sequence) return {out_of_order_sequence};
        } else if (batch.base_sequence != sequence_number{0}) {
            return {out_of_order_sequence};
        }
    }
    const bool has_old = std::ranges::any_of(batch.commands, &command::is_old);
    const bool is_all_old = std::ranges::all_of(batch.commands, &command::is_old);
    batch.newest = has_old && is_all_old ? now - 3 * producer_expiry : now;
    push(std::move(batch));
    return {none, log_.back().offset};
}

bool leader::append_marker(const producer_identity& writer, sim_time now) {
    const auto known = producers_.find(writer.producer);
    if (known != producers_.end() && writer.epoch < known->second.epoch) return false;
    push({.is_marker = true,
          .writer = writer,
          .base_sequence = sequence_number{-1},
          .commands = {},
          .foreign_key = {},
          .newest = now});
    return true;
}

void leader::append_foreign(const std::string& key, sim_time now) {
    push({.commands = {}, .foreign_key = key, .newest = now});
}

void leader::push(log_entry entry) {
    entry.id = next_id_++;
    entry.offset = end();
    entry.leader_epoch = epoch_;
    for (auto* one : entry.commands) {
        one->stands = true;
        ++counts_[one->key];
    }
    if (!entry.foreign_key.empty()) ++counts_[entry.foreign_key];
    remember(entry);
    log_.push_back(std::move(entry));
}

void leader::remember(const log_entry& entry) {
    if (entry.writer.producer.value() < 0) return;
    auto& state = producers_[entry.writer.producer];
    if (entry.writer.epoch != state.epoch || state.newest == sim_time{}) {
        state = {.epoch = entry.writer.epoch, .next = sequence_number{0}, .last = {}, .newest = {}};
    }
    state.newest = entry.newest;
    if (entry.is_marker) return;
    state.next = sequence_after(entry.base_sequence, static_cast<std::int32_t>(entry.count));
    state.last.push_back({entry.base_sequence, entry.count, entry.offset});
    if (state.last.size() > batches_remembered) state.last.pop_front();
}

std::vector<log_entry> leader::cut(std::size_t entry) {
    const auto from = log_.begin() + static_cast<std::ptrdiff_t>(entry);
    std::vector<log_entry> gone{std::make_move_iterator(from), std::make_move_iterator(log_.end())};
    log_.erase(from, log_.end());
    for (const auto& one : gone) {
        for (auto* lost : one.commands) {
            lost->stands = false;
            lost->was_cut = true;
            --counts_[lost->key];
        }
        if (!one.foreign_key.empty()) --counts_[one.foreign_key];
    }
    is_elected();
    return gone;
}

void leader::is_elected() {
    ++epoch_;
    producers_.clear();
    for (const auto& entry : log_) remember(entry);
}

void leader::forget_old(sim_time now) {
    std::erase_if(producers_,
                  [&](const auto& one) { return now - one.second.newest > producer_expiry; });
}

bool leader::knows(const producer_identity& writer) const {
    const auto known = producers_.find(writer.producer);
    return known != producers_.end() && known->second.epoch == writer.epoch;
}

std::int64_t leader::count_of(const std::string& key) const {
    const auto at = counts_.find(key);
    return at == counts_.end() ? 0 : at->second;
}

coordinator::given coordinator::init_producer(const std::optional<producer_identity>& expected,
                                              sim_time /*now*/) {
    if (expected && current_) {
        if (expected->producer != current_->producer) return {invalid_producer_id_mapping};
        const bool is_repeated = before_renewal_ && *before_renewal_ == expected->epoch;
        if (expected->epoch != current_->epoch && !is_repeated) return {producer_fenced};
        if (is_repeated && state_ != state::prepared && state_ != state::ongoing) {
            return {none, *current_};
        }
    }
    if (state_ == state::prepared) return {concurrent_transactions};
    if (state_ == state::ongoing) {
        abort();
        return {concurrent_transactions};
    }
    if (!current_ || current_->epoch.value() >= epoch_max) {
        current_ = {producer_id{next_producer_++}, std::exchange(next_first_, producer_epoch{0})};
        before_renewal_.reset();
    } else {
        before_renewal_ = expected ? std::optional{current_->epoch} : std::nullopt;
        current_->epoch = after(current_->epoch);
    }
    state_ = state::empty;
    return {none, *current_};
}

std::int16_t coordinator::check(const producer_identity& by) const {
    if (!current_ || by.producer != current_->producer) return invalid_producer_id_mapping;
    return by.epoch == current_->epoch ? none : producer_fenced;
}

std::int16_t coordinator::add_partition(const producer_identity& by, sim_time now) {
    if (const auto error = check(by); error != none) return error;
    if (state_ == state::prepared) return concurrent_transactions;
    if (state_ != state::ongoing) began_at_ = now;
    state_ = state::ongoing;
    return none;
}

std::int16_t coordinator::end_transaction(const producer_identity& by) {
    if (const auto error = check(by); error != none) return error;
    switch (state_) {
        case state::ongoing:
            state_ = state::prepared;
            return none;
        case state::prepared:
            return concurrent_transactions;
        case state::complete:
            return none;
        case state::empty:
            break;
    }
    return invalid_txn_state;
}

void coordinator::write_marker(leader& to, sim_time now) {
    if (state_ != state::prepared) return;
    to.append_marker(*current_, now);
    state_ = state::complete;
}

/// Under an epoch that nobody was given, so that whoever had begun is fenced.
void coordinator::abort() {
    current_->epoch = after(current_->epoch);
    before_renewal_.reset();
    state_ = state::prepared;
}

void coordinator::abort_old(sim_time now) {
    if (state_ == state::ongoing && now - began_at_ > transaction_timeout) abort();
}

}  // namespace bkes::sim::instances
