// What leader and coordinator do with what reaches them, and what reaches the instances.

#include "tests/sim/instances/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <utility>

namespace bkes::sim::instances {

void world::leader_works(dice& d) {
    std::vector<leader_wire*> busy;
    for (auto& wire : wires_) {
        if (!wire.requests.empty()) busy.push_back(&wire);
    }
    if (!busy.empty()) take_request(*d.one_of(busy), d);
}

void world::take_request(leader_wire& wire, dice& d) {
    auto request = std::move(wire.requests.front());
    wire.requests.pop_front();
    switch (request.what) {
        case leader_message::kind::open:
        case leader_message::kind::ended:
            break;
        case leader_message::kind::compare: {
            const auto& log = leader_.log();
            const bool has_all =
                request.entries_read.size() <= log.size() &&
                std::ranges::equal(request.entries_read,
                                   log | std::views::take(request.entries_read.size()), {}, {},
                                   &log_entry::id);
            request.agreement =
                has_all ? sync::log_agreement::agrees : sync::log_agreement::lacks_some;
            break;
        }
        case leader_message::kind::probe:
            request.finding = leader_.knows(request.about) ? sync::probe_finding::owned
                                                           : sync::probe_finding::doubtful;
            break;
        case leader_message::kind::produce:
            produce(request, d);
            break;
    }
    if (!wire.is_closed) wire.replies.push_back(std::move(request));
}

void world::produce(leader_message& request, dice& d) {
    const auto& batch = request.content;
    if (!is_calm_ && d.percent(1)) {
        request.error = not_leader;
        return;
    }
    if (!is_calm_ && d.percent(1)) {  // for a while; also what it has taken before
        request.error = message_too_large;
        return;
    }
    const bool is_poison = std::ranges::any_of(batch.commands, &command::is_poison);
    auto tried = leader_;  // what it would do, for the referee to see before it is done
    const auto end = leader_.end();
    auto reply = tried.append(batch, now_);
    const bool writes = tried.end() != end;
    if (writes) {
        for (auto* one : batch.commands) one->stands = false;
    }
    if (writes && is_poison) {
        request.error = invalid_record;
        return;
    }
    if (writes) {
        referee_.sees_write(batch, now_);
        last_write_at_ = now_;
    }
    reply = leader_.append(batch, now_);
    note(fmt::format("leader: batch of i{} epoch {} seq {} count {} -> error {} offset {}",
                     request.batch ? request.batch->value() : 0, batch.writer.epoch.value(),
                     batch.base_sequence.value(), batch.count, reply.error, reply.offset));
    request.error = reply.error;
    request.offset = reply.offset;
    const auto stands = std::ranges::find(leader_.log(), reply.offset, &log_entry::offset);
    if (stands != leader_.log().end()) request.content = *stands;
    if (!is_calm_ && reply.error == none && d.percent(2)) request.error = request_timed_out;
}

void world::answer_arrives(dice& d) {
    std::vector<leader_wire*> busy;
    for (auto& wire : wires_) {
        if (!wire.replies.empty() && !wire.client->is_paused) busy.push_back(&wire);
    }
    if (!busy.empty()) deliver(*d.one_of(busy));
    std::erase_if(wires_, [](const leader_wire& wire) {
        const bool is_used = !wire.client->is_dead && wire.connection == wire.client->connection();
        return !is_used && wire.replies.empty() && wire.requests.empty();
    });
}

void world::deliver(leader_wire& wire) {
    const auto reply = std::move(wire.replies.front());
    wire.replies.pop_front();
    if (!wire.client->is_dead) wire.client->hears_leader(reply, wire.connection);
}

void world::coordinator_works(dice& d) {
    std::vector<coordinator_message*> open;
    for (auto& one : questions_) {
        if (!one.is_done) open.push_back(&one);
    }
    if (open.empty()) return;
    auto& asked = *d.one_of(open);
    asked.is_done = true;
    if (!is_calm_ && d.percent(3)) {
        asked.is_lost = d.percent(50);
        if (!asked.is_lost) asked.reply.error = not_coordinator;
        if (d.percent(50)) return;
    }
    carry_out(asked);
}

void world::carry_out(coordinator_message& asked) {
    using step = sync::coordinator_dialogue::step;
    const auto said = asked.reply.error;
    switch (asked.step) {
        case step::find_coordinator:
            return;
        case step::init_producer:
            asked.reply = coordinator_.init_producer(asked.by, now_);
            if (asked.reply.error == none && asked.reply.identity.producer != newest_producer_) {
                newest_producer_ = asked.reply.identity.producer;
                ++referee_.happened["producer id"];
            }
            break;
        case step::add_partition:
            asked.reply.error = coordinator_.add_partition(*asked.by, now_);
            break;
        case step::end_transaction:
            asked.reply.error = coordinator_.end_transaction(*asked.by);
            break;
    }
    note(fmt::format("coordinator: i{} step {} -> error {} epoch {}", asked.client->number,
                     static_cast<int>(asked.step), asked.reply.error,
                     asked.reply.identity.epoch.value()));
    if (said != none) asked.reply.error = said;  // done all the same
}

void world::coordinator_answers(dice& d) {
    std::vector<std::size_t> done;
    for (std::size_t i = 0; i < questions_.size(); ++i) {
        if (questions_[i].is_done && !questions_[i].client->is_paused) done.push_back(i);
    }
    if (done.empty()) return;
    const auto at = done[d.below(done.size())];
    const auto reply = questions_[at];
    questions_.erase(questions_.begin() + static_cast<std::ptrdiff_t>(at));
    if (!reply.client->is_dead) reply.client->hears_coordinator(reply);
}

}  // namespace bkes::sim::instances
