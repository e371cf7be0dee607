// Shared ownership: reads at instances that aren't the owner, which ask it how far it is.

#include "tests/sim/instances/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace bkes::sim::instances {

using namespace std::chrono_literals;

bool world::try_read(const waiting_read& waiting) {
    auto& where = *waiting.where;
    const auto began = steady(waiting.read.began);
    where.wants_to_read(began);
    const auto until = where.readable_until(waiting.read.key);
    if (!until || *until < began) return false;
    const bool is_owner = where.is_readable();
    const auto head = where.head_of(waiting.read.key);
    note(fmt::format(
        "i{} answers a read of {} that began {} ms ago: {}", where.number, waiting.read.key,
        std::chrono::duration_cast<std::chrono::milliseconds>(now_ - waiting.read.began).count(),
        head));
    ++referee_.happened[is_owner ? "read at the owner" : "read at another"];
    referee_.sees_read(waiting.read, head, where.knows_of_cuts());
    return true;
}

void world::reads_go_on(dice& /*d*/) {
    std::erase_if(reads_, [this](const waiting_read& one) {
        return one.where->is_dead || (!one.where->is_paused && try_read(one));
    });
}

/// Sends one of the questions, or lets it go on where it arrived.
void world::position_is_asked(dice& d) {
    std::vector<position_question*> open;
    for (auto& one : positions_) {
        if (!one.is_answered) open.push_back(&one);
    }
    if (open.empty()) return;
    auto& asked = *d.one_of(open);
    if (asked.to == nullptr) {
        std::vector<instance*> owners;
        for (const auto& one : instances_) {
            if (!one->is_dead && one->is_ours()) owners.push_back(one.get());
        }
        const bool is_known = !owners.empty() && d.percent(80);
        asked.to = is_known ? d.one_of(owners) : &any_instance(d);
        asked.arrived_at = now_;
    }
    answer_position(asked, d);
}

/// As shared_ownership does: while it is the owner, or is about to be, as soon as a read that began
/// when the question came could be answered.
void world::answer_position(position_question& asked, dice& d) {
    auto& to = *asked.to;
    const bool is_given_up = to.is_dead || now_ - asked.arrived_at > 5s || d.percent(2);
    if (is_given_up || &to == asked.from) {
        asked.is_answered = true;
        return;
    }
    if (to.is_paused) return;
    if (!to.is_ours()) {
        asked.is_answered = true;
        return;
    }
    const auto began = steady(asked.arrived_at);
    to.wants_to_read(began);
    const auto until = to.readable_until();
    if (!until || *until < began) return;
    asked.is_answered = true;
    asked.said = to.reach();
    note(fmt::format("i{} says to i{} that it is at {}", to.number, asked.from->number,
                     asked.said->next_offset.value()));
}

void world::position_arrives(dice& d) {
    std::erase_if(positions_, [](const auto& one) { return one.from->is_dead; });
    std::vector<std::size_t> answered;
    for (std::size_t i = 0; i < positions_.size(); ++i) {
        if (positions_[i].is_answered && !positions_[i].from->is_paused) answered.push_back(i);
    }
    if (answered.empty()) return;
    const auto at = d.one_of(answered);
    auto arrived = positions_[at];
    positions_.erase(positions_.begin() + static_cast<std::ptrdiff_t>(at));
    if (!is_calm_ && d.percent(5)) arrived.said.reset();
    arrived.from->hears_position(arrived.said);
}

}  // namespace bkes::sim::instances
