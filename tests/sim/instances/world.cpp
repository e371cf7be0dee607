#include "tests/sim/instances/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace bkes::sim::instances {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t trace_lines = 120;
constexpr std::size_t keys = 3;

/// Near the end of a producer id's epochs: before the last that is written under, or behind it.
producer_epoch first_epoch(std::uint64_t seed) {
    dice d{seed};
    const auto what = d.below(100);
    if (what >= 30) return producer_epoch{std::int16_t{0}};
    const auto first = what < 20 ? 32'500 + d.below(12) : 32'740 + d.below(28);
    return producer_epoch{static_cast<std::int16_t>(first)};
}

}  // namespace

world::world(std::uint64_t seed)
    : is_shared_{dice{seed + 5}.percent(50)},
      batches_max_{1 + dice{seed}.below(5)},
      closes_idle_{dice{seed + 1}.percent(50)},
      reads_percent_{dice{seed + 4}.percent(50) ? 100U : 30U},
      coordinator_{is_shared_ ? first_epoch(seed + 2)
                              : producer_epoch{static_cast<std::int16_t>(
                                    dice{seed + 2}.percent(20) ? 32'500 : 0)}},
      around_{
          .is_shared = is_shared_,
          .partition = leader_,
          .now = now_,
          .commands = commands_,
          .open_wire = [this](instance& client,
                              std::uint64_t connection) { return open_wire(client, connection); },
          .ask_coordinator =
              [this](const coordinator_message& asked) { questions_.push_back(asked); },
          .answered =
              [this](instance& by, command& asked, const sync::answer& reply) {
                  note(fmt::format("i{} answers {}: {} (order {} expected {})", by.number,
                                   asked.number, static_cast<int>(reply.outcome), asked.order,
                                   reply.expected.value()));
                  if (by.is_dead) return;
                  if (is_shared_ && reply.outcome == sync::append_outcome::not_owner) {
                      referee_.sees_passed_on(asked);
                      forwards_.push_back(&asked);
                      return;
                  }
                  referee_.sees_answer(asked, reply, by.knows_of_cuts());
              },
          .ask_position = [this](instance& by) { positions_.push_back({.from = &by}); },
          .tenure_begins = [this](instance& by) { tenure_begins(by); },
          .tenure_is_lost = [this](instance& by) { lost_at_[&by] = now_; },
          .happens = [this](const char* what) { ++referee_.happened[what]; },
          .note = [this](std::string line) { note(std::move(line)); }} {
    dice d{seed + 3};
    commands_.emplace_back();  // append ids are places here, and begin with 1
    begin_instance({});
    if (d.percent(50)) begin_instance({});
    if (is_shared_) gives(d.below(instances_.size()));
}

void world::note(std::string line) {
    if (trace_.size() == trace_lines) trace_.pop_front();
    trace_.push_back(fmt::format("{} ms: {}",
                                 std::chrono::duration_cast<std::chrono::milliseconds>(
                                     now_.time_since_epoch() - std::chrono::hours{1000})
                                     .count(),
                                 line));
}

void world::begin_instance(const std::vector<log_entry>& disk) {
    const auto number = instances_.size();
    note(fmt::format("i{} begins with {} entries", number, disk.size()));
    instances_.push_back(std::make_unique<instance>(number, around_, disk, batches_max_));
}

instance& world::begin_successor() {
    begin_instance({});
    auto& last = *instances_.back();
    if (is_shared_) {
        group_.gives(last.number, now_);
        last.assigned();
    }
    return last;
}

instance& world::any_instance(dice& d) {
    std::vector<instance*> alive;
    for (const auto& one : instances_) {
        if (!one->is_dead) alive.push_back(one.get());
    }
    return *d.one_of(alive);
}

leader_wire* world::open_wire(instance& client, std::uint64_t connection) {
    return &wires_.emplace_back(
        leader_wire{.client = &client, .connection = connection, .leader = leader_node_});
}

void world::step(std::uint64_t seed) {
    dice d{seed};
    now_ += std::chrono::milliseconds{d.percent(90) ? d.below(4) : d.below(300)};
    if (d.percent(2)) return drain(d, 1);
    if (d.percent(2)) return seldom(d);
    if (is_shared_ && d.percent(12)) return group_step(d);
    const auto what = d.below(97);
    if (what < 14)
        client_asks(d);
    else if (what < 20)
        client_reads(d);
    else if (what < 38)
        leader_works(d);
    else if (what < 56)
        answer_arrives(d);
    else if (what < 66)
        coordinator_works(d);
    else if (what < 74)
        coordinator_answers(d);
    else if (what < 76)
        coordinator_.write_marker(leader_, now_);
    else if (what < 84) {
        if (auto& one = any_instance(d); !one.is_paused && d.percent(reads_percent_)) {
            one.reads_log(d);
        }
    } else if (what < 90) {
        if (auto& one = any_instance(d); !one.is_paused) one.departs(d);
    } else {
        if (auto& one = any_instance(d); !one.is_paused) one.tick();
    }
}

void world::client_asks_of(instance& where, dice& d) {
    if (where.is_paused || (where.is_lost() && !is_shared_)) return;
    auto& asked = commands_.emplace_back();
    asked.number = commands_.size() - 1;
    asked.key = fmt::format("k{}", d.below(keys));
    const auto head = leader_.count_of(asked.key);
    const auto what = d.below(100);
    asked.order = what < 60   ? head
                  : what < 75 ? head + 1
                  : what < 90 ? std::max<std::int64_t>(head - 1, 0)
                              : -1;
    asked.is_old = d.percent(5);
    asked.is_poison = d.percent(2);
    asked.submitted_at = now_;
    note(fmt::format("i{} is asked {}: {} order {}", where.number, asked.number, asked.key,
                     asked.order));
    if (where.is_ours()) {
        where.submit(asked);
    } else {
        forwards_.push_back(&asked);
    }
}

void world::client_asks(dice& d) {
    client_asks_of(any_instance(d), d);
}

void world::client_reads(dice& d) {
    client_reads_of(any_instance(d), d);
}

void world::client_reads_of(instance& where, dice& d) {
    if (where.is_paused) return;
    const auto read = referee_.read_begins(fmt::format("k{}", d.below(keys)), now_);
    if (is_shared_) {
        if (!try_read({&where, read})) reads_.push_back({&where, read});
        return;
    }
    if (where.is_readable()) {
        referee_.sees_read(read, where.head_of(read.key), where.knows_of_cuts());
    } else {
        where.wants_proof();
    }
}

/// All that isn't paused does what there is to do.
void world::drain(dice& d, int rounds) {
    for (int round = 0; round < rounds; ++round) {
        now_ += 100ms;
        for (std::size_t i = 0; i < instances_.size(); ++i) {
            auto& one = *instances_[i];
            if (one.is_dead || one.is_paused) continue;
            one.tick();
            const bool reads = is_calm_ || d.percent(reads_percent_);
            if (reads && &one != reads_nothing_) one.reads_log(d);
            one.departs(d);
        }
        for (int i = 0; i < 8; ++i) {
            leader_works(d);
            answer_arrives(d);
            coordinator_works(d);
            coordinator_.write_marker(leader_, now_);
            coordinator_answers(d);
        }
        if (is_shared_) group_works(d);
    }
}

void world::finish(std::uint64_t seed) {
    dice d{seed};
    is_calm_ = true;
    for (const auto& one : instances_) one->is_paused = false;
    coordinator_.abort_old(now_ + 1h);
    drain(d, 100);
    if (is_shared_) return finish_shared(d);
    const auto all_lost = std::ranges::all_of(
        instances_, [](const auto& one) { return one->is_dead || one->is_lost(); });
    if (all_lost) begin_instance({});
    drain(d, 400);
    instance* owner = nullptr;
    for (const auto& one : instances_) {
        if (one->is_dead) continue;
        require(one->is_idle(), "somebody is never answered");
        require(owner == nullptr || !one->is_open(), "two serve in the end");
        if (one->is_open()) owner = one.get();
    }
    require(owner != nullptr, "nobody serves in the end");
    auto& last = commands_.emplace_back();
    last.number = commands_.size() - 1;
    last.key = "last";
    last.order = 0;
    last.submitted_at = now_;
    owner->submit(last);
    drain(d, 50);
    require(last.is_acked, "an append isn't taken in the end");
}

}  // namespace bkes::sim::instances
