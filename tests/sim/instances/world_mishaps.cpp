// What goes wrong: broken wires, elections, crashes, sleep, and what takes several of these.

#include "tests/sim/instances/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace bkes::sim::instances {

using namespace std::chrono_literals;

void world::seldom(dice& d) {
    const auto what = d.below(100);
    if (what < 30)
        wire_breaks(d);
    else if (what < 45) {
        auto& one = any_instance(d);
        one.is_paused = !one.is_paused;
        note(fmt::format("i{} {}", one.number, one.is_paused ? "is paused" : "goes on"));
    } else if (what < 65) {
        for (const auto& one : instances_) one->is_paused = false;
    } else if (what < 75)
        election(d);
    else if (what < 85)
        restart(d);
    else if (what < 89)
        hours_pass(d);
    else if (what < 93) {
        note("somebody writes past bkes");
        referee_.sees_foreign("foreign", now_);
        leader_.append_foreign("foreign", now_);
    } else if (what < 94)
        coordinator_.abort_old(now_);
    else if (what < 95)
        sleeps_through(d);
    else if (what < 96)
        sleeps_with_a_lost_answer(d);
    else if (what < 97)
        old_records_are_forgotten(d);
    else if (what < 98)
        fence_is_cut(d);
    else
        now_ += std::chrono::milliseconds{d.below(3000)};
}

/// What was on its way to the broker may arrive all the same, sooner or later; what came back
/// doesn't.
void world::wire_breaks(dice& d) {
    std::vector<leader_wire*> open;
    for (auto& wire : wires_) {
        if (!wire.is_closed) open.push_back(&wire);
    }
    if (!open.empty()) break_wire(*d.one_of(open), d);
}

void world::break_wire(leader_wire& wire, dice& d) {
    if (wire.is_closed) return;
    note(fmt::format("wire {} of i{} breaks, {} on their way", wire.connection, wire.client->number,
                     wire.requests.size()));
    wire.is_closed = true;
    const auto kept = d.below(wire.replies.size() + 1);
    auto lost =
        std::deque(wire.replies.begin() + static_cast<std::ptrdiff_t>(kept), wire.replies.end());
    wire.replies.resize(kept);
    for (auto& request : wire.requests) lost.push_back(request);
    while (!wire.requests.empty() && d.percent(30)) wire.requests.pop_back();
    bool is_told = false;
    for (auto& one : lost) {
        one.failed = true;
        const bool is_call = one.what != leader_message::kind::open;
        if (is_call && !is_told && one.what != leader_message::kind::ended) {
            one.agreement = sync::log_agreement::no_answer;
            is_told = one.what != leader_message::kind::probe;
            wire.replies.push_back(one);
        }
    }
    if (!is_told && wire.connection != 0) {
        wire.replies.push_back({.what = leader_message::kind::ended});
    }
}

void world::election(dice& d) {
    for (auto& wire : wires_) {
        break_wire(wire, d);
        wire.requests.clear();  // they went to the leader that was
    }
    leader_node_ = d.below(3);
    if (!leader_.log().empty() && d.percent(40)) {
        const auto size = leader_.log().size();
        cut_log(size - std::min(size, 1 + d.below(3)));
    } else {
        note("the leader moves");
        leader_.is_elected();
    }
    for (const auto& one : instances_) {
        if (!one->is_dead && !one->is_paused && d.percent(30)) one->wants_proof();
    }
}

void world::cut_log(std::size_t entry) {
    note(fmt::format("unclean election, the log ends at entry {}", entry));
    leader_.cut(entry);
    referee_.sees_cut(now_);
}

void world::restart(dice& d) {
    if (is_shared_) return member_comes_or_goes(d);
    std::size_t alive = 0;
    bool somebody_tries = false;
    for (const auto& one : instances_) {
        alive += !one->is_dead;
        somebody_tries = somebody_tries || (!one->is_dead && !one->is_lost());
    }
    if (!somebody_tries) {
        any_instance(d).is_dead = alive > 1;
        return begin_instance({});
    }
    if (alive > 1 && d.percent(60)) {
        auto& gone = any_instance(d);
        note(fmt::format("i{} is killed", gone.number));
        gone.is_dead = true;
        --alive;
    }
    if (alive == 3 || (alive == 2 && d.percent(70))) return;
    auto disk = any_instance(d).stored();
    disk.resize(d.below(disk.size() + 1));
    begin_instance(disk);
}

/// A machine that sleeps for a day hears nothing; brokers close its connections, if they do that.
void world::hours_pass(dice& d) {
    const auto hours = 1 + d.below(40);
    note(fmt::format("{} hours pass", hours));
    for (auto& wire : wires_) {  // nothing is on its way for so long
        const bool is_used = wire.connection == 0 || wire.connection == wire.client->connection();
        if (!wire.client->is_paused && !wire.client->is_dead && is_used) continue;
        bool is_lost = false;
        for (auto& request : std::exchange(wire.requests, {})) {
            if (wire.is_closed) continue;
            if (request.what != leader_message::kind::probe) {
                is_lost = true;
                continue;
            }
            request.failed = true;
            wire.replies.push_back(std::move(request));
        }
        if (is_lost) {  // what TCP can't bring over ends its connection
            wire.is_closed = true;
            wire.replies.push_back({.what = leader_message::kind::ended});
        }
    }
    for (std::size_t hour = 0; hour < hours; ++hour) {
        now_ += 1h;
        for (auto& wire : wires_) {
            const bool is_quiet = wire.client->is_paused && wire.connection != 0;
            if (is_quiet && closes_idle_ && !std::exchange(wire.is_closed, true)) {
                wire.replies.push_back({.what = leader_message::kind::ended});
            }
        }
        drain(d, 12);
        coordinator_.abort_old(now_);
        leader_.forget_old(now_);
    }
}

/// An owner sleeps with batches in its hands, another one takes over and writes, maybe what is old,
/// and maybe ends; the first thing that the sleeper does is to send.
void world::sleeps_through(dice& d) {
    auto& sleeper = any_instance(d);
    if (!sleeper.is_open()) return;
    for (auto more = 1 + d.below(3); more > 0; --more) client_asks_of(sleeper, d);
    note(fmt::format("i{} sleeps", sleeper.number));
    sleeper.is_paused = true;
    for (const auto& one : instances_) one->is_dead = one->is_dead || !one->is_paused;
    auto& other = begin_successor();
    drain(d, 20);
    for (auto more = d.below(4); more > 0; --more) {
        client_asks_of(other, d);
        drain(d, 2);
    }
    // Nothing protects from the sleeper until the heartbeat behind an old record, a second later.
    do drain(d, 12);
    while (now_ - last_write_at_ < 3s);
    if (d.percent(50)) {
        other.is_dead = true;
        hours_pass(d);
    }
    leader_.forget_old(now_);
    sleeper.is_paused = false;
    note(fmt::format("i{} wakes", sleeper.number));
    sleeper.departs(d);
}

/// Alone in the world, an owner sleeps until the broker has forgotten what it sent before.
void world::sleeps_with_a_lost_answer(dice& d) {
    auto& sleeper = any_instance(d);
    if (!sleeper.is_open()) return;
    for (const auto& one : instances_) one->is_dead = one.get() != &sleeper;
    client_asks_of(sleeper, d);
    sleeper.departs(d);
    for (int i = 0; i < 4; ++i) leader_works(d);
    note(fmt::format("i{} sleeps alone", sleeper.number));
    for (auto& wire : wires_) {
        if (!wire.is_closed && wire.connection != 0) wire.replies.clear();
        break_wire(wire, d);
    }
    sleeper.is_paused = true;
    hours_pass(d);
    sleeper.is_paused = false;
}

/// A broker looks for those to forget just after an import of old records, of which the answer was
/// lost. With one instance, as nothing protects from a second one within the second until the
/// heartbeat.
void world::old_records_are_forgotten(dice& d) {
    auto& importer = any_instance(d);
    if (!importer.is_open()) return;
    for (const auto& one : instances_) one->is_dead = one.get() != &importer;
    client_asks_of(importer, d);
    commands_.back().is_old = true;
    importer.departs(d);
    for (int i = 0; i < 4; ++i) leader_works(d);
    for (auto& wire : wires_) {
        if (!wire.is_closed && wire.connection != 0) wire.replies.clear();
        break_wire(wire, d);
        wire.requests.clear();
    }
    note("the leader forgets those whose newest record is old");
    leader_.forget_old(now_);
}

/// An unclean election takes what the newest owner wrote and its marker; the one before it, which
/// slept, asks the new leader whether it is the owner.
void world::fence_is_cut(dice& d) {
    auto& before = any_instance(d);
    if (!before.is_open()) return;
    const auto entry = leader_.log().size();
    before.is_paused = true;
    auto& newest = begin_successor();
    drain(d, 25);
    client_asks_of(newest, d);
    drain(d, static_cast<int>(d.below(4)));
    for (auto& wire : wires_) {
        break_wire(wire, d);
        wire.requests.clear();
    }
    if (d.percent(30)) leader_node_ = d.below(3);
    if (entry < leader_.log().size()) cut_log(entry);
    before.is_paused = false;
    before.wants_proof();  // it hasn't heard yet that its connection ended
    for (int i = 0; i < 4; ++i) leader_works(d);
    for (int i = 0; i < 20; ++i) {
        drain(d, 1);
        if (d.percent(40)) client_asks_of(newest, d);
        for (int reads = 0; reads < 3; ++reads) client_reads_of(before, d);
    }
}

}  // namespace bkes::sim::instances
