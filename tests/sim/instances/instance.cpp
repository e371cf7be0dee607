#include "tests/sim/instances/instance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace bkes::sim::instances {

namespace {

using namespace std::chrono_literals;
using sync::fencing_action;

const partition_id only_partition{0};

}  // namespace

instance::instance(std::size_t number, surroundings& around, const std::vector<log_entry>& stored,
                   std::size_t batches_max)
    : number{number},
      around_{around},
      claims_{claims_table_, only_partition},
      batches_max_{batches_max},
      tenure_{around.is_shared},
      sequencer_{make_sequencer()},
      machine_{settings},
      lease_{settings.lease} {
    for (const auto& entry : stored) store(entry);
    reads_until_ = around_.partition.end();
}

// ---- carrying out what fencing says, as appender does

void instance::turn() {
    while (const auto what = machine_.take_action()) carry_out(*what);
}

void instance::carry_out(fencing_action what) {
    around_.note(fmt::format("i{} does {}", number, static_cast<int>(what)));
    switch (what) {
        case fencing_action::connect:
            return connect();
        case fencing_action::compare_logs: {
            leader_message question{.what = leader_message::kind::compare};
            for (const auto& entry : stored_) question.entries_read.push_back(entry.id);
            wire_->requests.push_back(std::move(question));
            return;
        }
        case fencing_action::ask_coordinator:
            ++run_;
            machine_.dialogue().connection_lost();
            return ask_next();
        case fencing_action::probe_leader: {
            auto* wire = around_.open_wire(*this, 0);
            if (wire_ == nullptr || wire->leader != wire_->leader) {
                return machine_.probed(sync::probe_finding::no_answer, {}, around_.now);
            }
            wire->requests.push_back({.what = leader_message::kind::probe,
                                      .about = *machine_.owner(),
                                      .asked_at = around_.now,
                                      .tenure = tenures_});
            return;
        }
        case fencing_action::give_up_connection:
            return give_up_connection();
        case fencing_action::allow_writes:
            begin_to_serve();
            return suspend_or_resume();
        case fencing_action::stop_writes:
            for (const auto id : under_way_.ids()) sequencer_->unknown(id);
            return suspend_or_resume();
        case fencing_action::read_log_to_end:
            reads_until_ = around_.partition.end();
            return;
        case fencing_action::nothing_else_is_written:
            return nothing_else_is_written();
        case fencing_action::proof_is_younger:
            lease_.proven(machine_.proven_at());
            return answer_unproven();
        case fencing_action::took_over:
            return;
        case fencing_action::say_lost:
            return ownership_lost();
    }
}

void instance::connect() {
    wire_ = around_.open_wire(*this, connection_);
    if (wire_ == nullptr) return machine_.connect_failed(around_.now);
    wire_->requests.push_back({.what = leader_message::kind::open});
}

void instance::give_up_connection() {
    ++connection_;
    wire_ = nullptr;
    ++run_;
    ask_again_at_.reset();
    if (under_way_.connection_lost()) machine_.renew_next();
}

void instance::nothing_else_is_written() {
    for (const auto id : under_way_.ids()) {
        under_way_.decided(id);
        not_written(id);
    }
    under_way_.begin_epoch();
}

void instance::not_written(sync::batch_id id) {
    sent_.erase(id);
    unsettled_.not_written(id);
    sequencer_->not_written(id);
}

// ---- the dialogue, as coordinator_session carries it out

void instance::ask_next() {
    ask_again_at_.reset();
    const auto step = machine_.dialogue().next();
    coordinator_message asked{.client = this, .run = run_, .step = step, .by = {}, .reply = {}};
    using goal = sync::coordinator_dialogue::goal;
    const bool is_init = step == sync::coordinator_dialogue::step::init_producer;
    if (!is_init || machine_.dialogue().wanted() == goal::renew) asked.by = machine_.owner();
    around_.ask_coordinator(asked);
}

void instance::hears_coordinator(const coordinator_message& reply) {
    if (reply.run != run_) return;
    auto& dialogue = machine_.dialogue();
    if (reply.is_lost) {
        dialogue.connection_lost();
        ask_again_at_ = around_.now + 25ms;
        return;
    }
    if (reply.step == sync::coordinator_dialogue::step::find_coordinator) {
        if (wire_ == nullptr || wire_->is_closed) {
            coordinator_finished(sync::coordinator_outcome::broken);
            return turn();
        }
        dialogue.coordinator_found();
        return ask_next();
    }
    using verdict = sync::coordinator_dialogue::verdict;
    switch (dialogue.answered(reply.reply.error, reply.reply.identity)) {
        case verdict::go_on:
            return ask_next();
        case verdict::repeat_soon:
            ask_again_at_ = around_.now + 5ms;
            return;
        case verdict::repeat_later:
        case verdict::refused:
            ask_again_at_ = around_.now + 25ms;
            return;
        case verdict::done:
            coordinator_finished(sync::coordinator_outcome::reached);
            break;
        case verdict::lost:
            coordinator_finished(sync::coordinator_outcome::lost);
            break;
    }
    turn();
}

void instance::coordinator_finished(sync::coordinator_outcome outcome) {
    ++run_;
    around_.note(fmt::format("i{} dialogue ends: {}, epoch {}", number, static_cast<int>(outcome),
                             machine_.owner() ? machine_.owner()->epoch.value() : -1));
    machine_.coordinator_done(outcome, stored_.empty(), around_.now);
}

// ---- the leader's answers

void instance::hears_leader(const leader_message& reply, std::uint64_t connection) {
    if (reply.what == leader_message::kind::probe) {
        if (reply.tenure != tenures_) return;
        machine_.probed(reply.failed ? sync::probe_finding::no_answer : reply.finding,
                        reply.asked_at, around_.now);
        return turn();
    }
    if (connection != connection_) return;
    switch (reply.what) {
        case leader_message::kind::open:
            machine_.connected();
            break;
        case leader_message::kind::compare:
            machine_.compared(reply.agreement, around_.now);
            break;
        case leader_message::kind::produce:
            hears_produce(reply);
            break;
        case leader_message::kind::ended:
            wire_ended();
            break;
        case leader_message::kind::probe:
            break;
    }
    turn();
    flush(0);
}

void instance::wire_ended() {
    switch (machine_.phase()) {
        case sync::fencing_phase::connecting:
            return machine_.connect_failed(around_.now);
        case sync::fencing_phase::comparing:
            return machine_.compared(sync::log_agreement::no_answer, around_.now);
        default:
            machine_.connection_ended(under_way_.empty(), around_.now);
    }
}

void instance::hears_produce(const leader_message& reply) {
    const auto id = *reply.batch;
    if (reply.failed) {
        if (reply.was_never_sent) under_way_.not_sent(id, connection_);
        return machine_.attempt_failed(around_.now);
    }
    const auto [end, blame] =
        under_way_.answered(id, reply.error, log_offset{reply.content.offset}, read_to());
    switch (end) {
        case sync::batch_end::unheard:
            return;
        case sync::batch_end::written:
            return written(*under_way_.find(id), reply.content);
        case sync::batch_end::refused:
            sent_.erase(id);
            unsettled_.not_written(id);
            return sequencer_->refused(id, reply.error, blame);
        case sync::batch_end::skipped:
            return not_written(id);
        case sync::batch_end::send_again:
            return machine_.attempt_failed(around_.now);
        case sync::batch_end::ask_the_log:
            return machine_.undecided(around_.now);
    }
}

void instance::written(const sync::batch_under_way& batch, const log_entry& entry) {
    const auto id = batch.id;  // it goes in here
    const bool was_sent_once = batch.attempts == 1;
    machine_.written(batch.sent_at, batch.is_forgettable, around_.now);
    lease_.proven(batch.sent_at);
    around_.note(
        fmt::format("i{} hears that batch {} stands at {}", number, id.value(), entry.offset));
    under_way_.acknowledged(id, log_offset{entry.offset});
    sent_.erase(id);
    sequencer_->acked(id, log_offset{entry.offset});
    unsettled_.written(id, log_offset{entry.end()});
    if (log_offset{entry.offset} == read_to() && was_sent_once) {
        store(entry);
        sequencer_->stored(log_offset{entry.end()});
        unsettled_.stored(log_offset{entry.end()});
        under_way_.stored(log_offset{entry.end()});
        machine_.log_stored(around_.now);
    } else {
        reads_until_ = std::max(reads_until_, entry.end());
    }
    answer_unproven();
}

// ---- clients, as partition_log serves them

void instance::submit(command& asked) {
    sync::append request{.id = sync::append_id{asked.number},
                         .size_bytes = 10,
                         .memory_bytes = 25,
                         .hold_until = steady(around_.now + 5s),
                         .answer_until = steady(around_.now + 30s)};
    sync::judged_event event;
    event.key = asked.key;
    event.condition = asked.order < 0 ? sync::order_condition::any()
                                      : sync::order_condition::exactly(asked.order);
    request.records.push_back(event);
    open_commands_.push_back(&asked);
    sequencer_->submit(std::move(request));
    machine_.hurry();
    turn();
    flush(0);
}

void instance::departs(dice& d) {
    if (machine_.may_write()) flush(1 + d.below(2));
}

void instance::flush(std::size_t new_batches_max) {
    const auto done = sequencer_->take_actions(machine_.may_write() ? new_batches_max : 0);
    for (const auto& batch : done.sends) send(batch);
    for (const auto& reply : done.answers) {
        answer(around_.commands[reply.id.value()], reply);
    }
    turn();
}

void instance::send(const sync::send_batch& batch) {
    if (batch.what == sync::send_batch::kind::again) {
        if (auto* known = under_way_.find(batch.id)) transmit(*known);
        return;
    }
    auto& commands = sent_[batch.id];
    std::vector<sync::unsettled_batches::slot> keys;
    for (const auto id : batch.appends) {
        commands.push_back(&around_.commands[id.value()]);
        keys.push_back(sync::unsettled_batches::slot_of(commands.back()->key));
    }
    if (around_.is_shared) unsettled_.sent(batch.id, std::move(keys), steady(around_.now));
    transmit(under_way_.add({.id = batch.id,
                             .encoded = {},
                             .record_count = static_cast<std::int32_t>(batch.appends.size()),
                             .stamped = *machine_.owner(),
                             .is_forgettable = machine_.is_forgettable(
                                 std::ranges::all_of(commands, &command::is_old) ? 72h : 0h)}));
}

void instance::transmit(sync::batch_under_way& batch) {
    if (!machine_.may_send(around_.now)) return;
    under_way_.sent(batch, connection_, around_.now);
    leader_message request{.what = leader_message::kind::produce, .batch = batch.id};
    request.content = {.count = batch.record_count,
                       .writer = batch.stamped,
                       .base_sequence = batch.base_sequence,
                       .commands = sent_.at(batch.id),
                       .foreign_key = {},
                       .newest = {}};
    if (wire_->is_closed) {  // known only now
        request.failed = request.was_never_sent = true;
        wire_->replies.push_front(std::move(request));
        return;
    }
    wire_->requests.push_back(std::move(request));
}

void instance::answer(command& asked, const sync::answer& reply) {
    const bool needs_proof = reply.outcome == sync::append_outcome::order_conflict;
    std::erase(open_commands_, &asked);
    if (needs_proof && !has_young_proof()) {
        unproven_.push_back({&asked, reply});
        return machine_.want_proof();
    }
    around_.answered(*this, asked, reply);
}

void instance::answer_unproven() {
    const bool is_proven = has_young_proof() && !is_lost();
    for (auto& [asked, reply] : std::exchange(unproven_, {})) {
        if (is_lost()) {
            reply = {.id = reply.id,
                     .outcome = around_.is_shared ? sync::append_outcome::not_ready
                                                  : sync::append_outcome::not_owner};
        }
        if (is_proven || is_lost()) {
            around_.answered(*this, *asked, reply);
        } else {
            unproven_.push_back({asked, reply});
        }
    }
}

void instance::suspend_or_resume() {
    const bool can_open = has_taken_over_ && machine_.may_write() && is_caught_up_;
    if (can_open == is_open_) return;
    is_open_ = can_open;
    if (is_open_) {
        sequencer_->resume();
    } else {
        sequencer_->suspend();
    }
}

void instance::begin_to_serve() {
    has_taken_over_ = has_taken_over_ || (tenure_.is_held() && machine_.may_write());
    suspend_or_resume();
}

void instance::tick() {
    sequencer_->expire(steady(around_.now));
    machine_.tick(around_.now);
    turn();
    if (ask_again_at_ && around_.now >= *ask_again_at_) ask_next();
    begin_to_serve();
    if (!unproven_.empty()) machine_.want_proof();
    answer_unproven();
    turn();
    flush(0);
    if (around_.is_shared) {
        ask_owner();
        end_tenure();
    }
}

void instance::wants_proof() {
    machine_.want_proof();
    turn();
}

}  // namespace bkes::sim::instances
