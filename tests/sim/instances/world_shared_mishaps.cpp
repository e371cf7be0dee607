// Shared ownership: what goes wrong only if several things happen in a row.

#include "tests/sim/instances/world.hpp"

#include <fmt/format.h>

#include <utility>

namespace bkes::sim::instances {

/// Whoever takes over is gone when it has an epoch and wrote no marker yet, and the group gives the
/// partition back, to one that has something under way.
void world::taker_dies_without_marker(dice& d) {
    auto& owner = any_instance(d);
    if (!owner.is_open() || alive() > 3) return;
    client_asks_of(owner, d);
    owner.departs(d);
    for (auto& wire : wires_) {
        break_wire(wire, d);
        if (d.percent(50)) wire.requests.clear();
    }
    auto& taker = begin_successor();
    for (int i = 0; i < 40 && !taker.has_epoch(); ++i) {
        now_ += std::chrono::milliseconds{10};
        taker.reads_log(d);
        taker.tick();
        for (int works = 0; works < 4; ++works) {
            leader_works(d);
            answer_arrives(d);
        }
        if (!taker.has_epoch()) coordinator_works(d);
        if (!taker.has_epoch()) coordinator_answers(d);
    }
    note(fmt::format("i{} is killed before its marker", taker.number));
    taker.is_dead = true;
    gives(owner.number);
    drain(d, static_cast<int>(5 + d.below(20)));
}

/// An unclean election takes what a follower has read, and it doesn't hear of that; meanwhile the
/// owner goes on in another way.
void world::follower_keeps_what_is_cut(dice& d) {
    auto& owner = any_instance(d);
    if (!owner.is_open() || alive() > 3) return;
    begin_instance(owner.stored());
    auto& follower = *instances_.back();
    const auto entry = leader_.log().size();
    for (auto more = 1 + d.below(4); more > 0; --more) {
        client_asks_of(owner, d);
        drain(d, 1);
    }
    while (follower.stored().size() < leader_.log().size()) follower.reads_log(d);
    if (entry >= leader_.log().size()) return;
    for (auto& wire : wires_) {
        break_wire(wire, d);
        wire.requests.clear();
    }
    cut_log(entry);
    reads_nothing_ = &follower;
    for (int i = 0; i < 20; ++i) {
        drain(d, 1);
        if (d.percent(50)) client_asks_of(owner, d);
        if (d.percent(50)) client_reads_of(follower, d);
    }
    reads_nothing_ = nullptr;
}

/// The owner has told a follower of what an unclean election takes before the follower reads it, and
/// nobody reads there or writes any more.
void world::follower_waits_for_what_is_cut(instance& owner, dice& d) {
    if (!owner.is_open()) return;
    begin_instance(owner.stored());
    auto& follower = *instances_.back();
    follower.reads_log(d);
    const auto entry = leader_.log().size();
    reads_nothing_ = &follower;
    for (int i = 0; i < 10; ++i) {
        client_asks_of(owner, d);
        drain(d, 1);
    }
    client_reads_of(follower, d);
    drain(d, 3);
    reads_nothing_ = nullptr;
    for (auto& wire : wires_) {
        break_wire(wire, d);
        wire.requests.clear();
    }
    cut_log(entry);
}

}  // namespace bkes::sim::instances
