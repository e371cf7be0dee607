// Shared ownership: what the group does, what instances hear of it, and that members come and go.

#include "tests/sim/instances/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace bkes::sim::instances {

using namespace std::chrono_literals;

std::vector<std::size_t> world::hearing() const {
    std::vector<std::size_t> all;
    for (const auto& one : instances_) {
        if (!one->is_dead && !one->is_paused) all.push_back(one->number);
    }
    return all;
}

std::size_t world::alive() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(instances_, [](const auto& one) { return !one->is_dead; }));
}

void world::group_step(dice& d) {
    const auto what = d.below(100);
    if (what < 4)
        group_moves(d);
    else if (what < 5)
        group_storms(d);
    else if (what < 6)
        taker_dies_without_marker(d);
    else if (what < 7)
        follower_keeps_what_is_cut(d);
    else if (what < 20)
        news_arrives(d);
    else if (what < 30) {
        if (const auto& one = any_instance(d); !one.is_paused) group_.is_asked(one.number, now_);
    } else if (what < 40)
        group_.answers_view(d);
    else if (what < 50)
        view_arrives(d);
    else if (what < 63)
        position_is_asked(d);
    else if (what < 76)
        position_arrives(d);
    else if (what < 86)
        forward_arrives(d);
    else
        reads_go_on(d);
}

/// What there is to do in a tenth of a second.
void world::group_works(dice& d) {
    for (int i = 0; i < 3; ++i) {
        news_arrives(d);
        group_.answers_view(d);
        view_arrives(d);
    }
    if (d.percent(20)) {
        for (const auto one : hearing()) group_.is_asked(one, now_);
    }
    for (int i = 0; i < 6; ++i) {
        position_is_asked(d);
        position_arrives(d);
        forward_arrives(d);
        reads_go_on(d);
    }
}

void world::gives(std::optional<std::size_t> to) {
    note(to ? fmt::format("the group gives it to i{}", *to) : "the group gives it to nobody");
    group_.gives(to, now_);
    if (to) group_.tells({*to, group_news::kind::assigned});
}

/// Not all is heard that is said, and some is said to the wrong one.
void world::group_moves(dice& d) {
    ++referee_.happened["the group gives it to another"];
    const auto before = group_.owner();
    const auto to = d.percent(12) ? std::nullopt : std::optional{any_instance(d).number};
    if (before && before != to && d.percent(70)) {
        group_.tells({*before, group_news::kind::revoked});
    }
    if (d.percent(85)) {
        gives(to);
    } else {
        note("the group gives it to one that doesn't hear of it");
        group_.gives(to, now_);
    }
    if (d.percent(8)) {
        const auto wrong = any_instance(d).number;
        note(fmt::format("i{} is told as well that it is assigned", wrong));
        group_.tells({wrong, group_news::kind::assigned});
    }
}

/// Members join and leave faster than anything settles.
void world::group_storms(dice& d) {
    note("the group rebalances again and again");
    for (auto rounds = 3 + d.below(20); rounds > 0; --rounds) {
        if (d.percent(40)) member_comes_or_goes(d);
        group_moves(d);
        for (auto news = d.below(4); news > 0; --news) news_arrives(d);
        if (d.percent(60)) drain(d, 1);
        if (d.percent(50)) client_asks(d);
        if (d.percent(50)) client_reads(d);
    }
}

void world::member_comes_or_goes(dice& d) {
    if (alive() > 1 && d.percent(60)) {
        auto& gone = any_instance(d);
        note(fmt::format("i{} is killed", gone.number));
        gone.is_dead = true;
    }
    if (alive() >= 4 || (alive() >= 2 && d.percent(60))) return;
    auto disk = any_instance(d).stored();
    disk.resize(d.percent(30) ? 0 : d.below(disk.size() + 1));
    begin_instance(disk);
}

void world::news_arrives(dice& d) {
    const auto news = group_.next_news(hearing(), d);
    if (!news) return;
    const bool is_assigned = news->what == group_news::kind::assigned;
    note(fmt::format("i{} hears that it is {}", news->instance,
                     is_assigned ? "assigned" : "revoked"));
    auto& one = *instances_[news->instance];
    if (is_assigned) {
        revoked_at_.erase(&one);
        one.assigned();
    } else {
        revoked_at_[&one] = now_;
        one.revoked();
    }
}

void world::view_arrives(dice& d) {
    const auto view = group_.next_view(hearing(), d);
    if (!view || !view->is_ours || (!is_calm_ && d.percent(20))) return;
    if (!is_calm_) note(fmt::format("i{} sees that it was assigned to it", view->instance));
    instances_[view->instance]->seen_as_ours(view->asked_at);
}

void world::tenure_begins(instance& where) {
    ++tenures_;
    ++referee_.happened["tenure"];
    if (const auto revoked = revoked_at_.find(&where); revoked != revoked_at_.end()) {
        require(group_.was_owner_since(where.number, revoked->second),
                "taken over though it was revoked, and not meant since");
    }
    const auto lost = lost_at_.extract(&where);
    if (lost.empty()) return;
    ++referee_.happened["tenure again"];
    require(group_.was_owner_since(where.number, lost.mapped()),
            "taken back though the group didn't mean it since it was lost");
}

/// A forward may reach one that is no owner: then another one is tried.
void world::forward_arrives(dice& d) {
    const auto all = hearing();
    if (forwards_.empty() || all.empty()) return;
    auto* asked = forwards_.front();
    forwards_.pop_front();
    if (auto& to = *instances_[d.one_of(all)]; to.is_ours()) {
        note(fmt::format("i{} is given {}", to.number, asked->number));
        to.submit(*asked);
    } else {
        forwards_.push_back(asked);
    }
}

void world::finish_shared(dice& d) {
    for (const auto one : hearing()) {
        if (one != group_.owner() && d.percent(50)) group_.tells({one, group_news::kind::revoked});
    }
    const auto meant = any_instance(d).number;
    drain(d, 20);
    gives(meant);
    drain(d, 100);
    if (d.percent(20)) {
        follower_waits_for_what_is_cut(*instances_[meant], d);
        drain(d, 100);  // it may show that somebody had taken the next epoch and wrote nothing
    }
    const auto tenures = tenures_;
    drain(d, 400);
    require(tenures == tenures_, "it goes from one to the other for ever");
    bool is_served = false;
    for (const auto& one : instances_) {
        if (one->is_dead) continue;
        require(one->is_idle(), "somebody is never answered");
        require(one->number == meant || !one->is_open(), "another one than assigned serves");
        is_served = is_served || one->is_open();
    }
    require(is_served, "nobody serves in the end");
    require(forwards_.empty(), "an append is never taken by an owner");
    reads_go_on(d);
    require(reads_.empty(), "a read is never answered");
    auto& last = commands_.emplace_back();
    last.number = commands_.size() - 1;
    last.key = "last";
    last.order = 0;
    last.submitted_at = now_;
    forwards_.push_back(&last);
    drain(d, 50);
    require(last.is_acked, "an append isn't taken in the end");
    for (const auto one : hearing()) {
        reads_.push_back({instances_[one].get(), referee_.read_begins("last", now_)});
    }
    drain(d, 50);
    require(reads_.empty(), "a read isn't answered in the end");
}

}  // namespace bkes::sim::instances
