#include "tests/sim/sequencer/run.hpp"

#include "tests/sim/sequencer/clients.hpp"
#include "tests/sim/sequencer/partition_world.hpp"
#include "tests/sim/sequencer/referee.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <utility>

namespace bkes::sim {

namespace {

constexpr std::size_t trace_lines = 60;

class world {
  public:
    explicit world(std::uint64_t seed) : setup_{seed}, referee_{book_}, clients_{book_, setup_} {
        claims_.settled = [this](bytes_view key, partition_id partition) {
            settled_.emplace_back(static_cast<std::size_t>(partition.value()), bytes{key});
        };
        sync::sequencer_options options;
        options.in_flight_batches_max = setup_.percent(40) ? 1 : 2 + setup_.below(4);
        options.batch_records_max = setup_.percent(50) ? 3 : 50;
        options.batch_bytes_max = setup_.percent(50) ? 60 : 1000;
        for (std::size_t i = 0; i < 2; ++i) {
            options.partition = partition_id{static_cast<std::int32_t>(i)};
            auto& made = partitions_.emplace_back(i, options, heads_, claims_);
            made.on_write = [this](const auto& where, const auto& batch) {
                referee_.sees_write(where, batch);
            };
            made.on_loss = [this](const auto& where) {
                std::vector<const partition_world*> all;
                for (const auto& one : partitions_) all.push_back(&one);
                referee_.sees_loss(where, all);
            };
            made.trace = [this](std::string line) { note(std::move(line)); };
        }
    }

    void step(std::uint64_t seed);
    void finish(std::uint64_t seed);

    std::vector<std::string> trace() { return {trace_.begin(), trace_.end()}; }

    [[nodiscard]] std::size_t count_of(sync::append_outcome outcome) const {
        return referee_.count_of(outcome);
    }

  private:
    void note(std::string line) {
        if (trace_.size() == trace_lines) trace_.pop_front();
        trace_.push_back(std::move(line));
    }

    void submit(partition_world& where, command& made);
    void cancel(partition_world& where, dice& d);
    void foreign(partition_world& where, dice& d);
    void seldom(partition_world& where, dice& d);
    void carry_out(partition_world& where, dice& d);
    void restart(dice& d);
    void tell_settled();
    void redirect(partition_world& where, const sync::redirected_append& sent);
    void redirect_ended(const command& there);
    void deliver();

    dice setup_;
    command_book book_;
    tests::memory_heads heads_;
    tests::claim_table claims_;
    std::vector<std::pair<std::size_t, bytes>> settled_;
    std::deque<std::function<void()>> between_;  ///< on its way from one partition to the other
    std::deque<partition_world> partitions_;
    referee referee_;
    clients clients_;
    std::deque<sync::append_id> open_;
    sync::instant now_{};
    std::deque<std::string> trace_;
};

void world::step(std::uint64_t seed) {
    dice d{seed};
    auto& where = partitions_[d.below(2)];
    const auto what = d.below(100);
    if (what < 32)
        submit(where, clients_.asks(where, d, now_));
    else if (what < 38) {
        if (auto* again = clients_.repeats(where, d, now_)) submit(where, *again);
    } else if (what < 58)
        where.broker_takes_request(d);
    else if (what < 77)
        where.reply_arrives(d);
    else if (what < 90)
        where.store_moves_on(d);
    else if (what < 92)
        foreign(where, d);
    else if (what < 94)
        cancel(where, d);
    else if (what < 96) {
        now_ += std::chrono::milliseconds{1 + d.below(20)};
        where.machine->expire(now_);
    } else
        seldom(where, d);
    if (d.percent(30)) tell_settled();
    if (d.percent(30)) deliver();
    if (d.percent(60)) carry_out(where, d);
}

void world::seldom(partition_world& where, dice& d) {
    const auto what = d.below(100);
    if (what < 15)
        where.connection_breaks(d);
    else if (what < 70)
        where.comes_back();
    else if (what < 73)
        where.fences_itself(d);
    else if (what < 76)
        where.leader_moves(d);
    else if (what < 78) {
        carry_out(where, d);  // what is stored is answered in the same turn
        where.log_is_cut(d);
    } else if (what < 79)
        restart(d);
    else if (what < 90) {
        const auto lost = clients_.sends_nonsense(where, d);
        note(fmt::format("p{} nonsense of producer {}", where.number, lost.producer.value()));
        where.machine->refused_before(lost);
    } else if (what < 99)
        where.machine->suspend();
    else if (d.percent(20)) {
        note(fmt::format("p{} closes", where.number));
        where.is_closed = true;
        where.machine->close(d.percent(50) ? sync::close_reason::fenced
                                           : sync::close_reason::shutting_down);
    }
}

void world::submit(partition_world& where, command& made) {
    std::string text;
    for (const auto& r : made.records) {
        text +=
            fmt::format(" {}:{}/{}{}", r.key.value_or("(null)"), static_cast<int>(r.condition.what),
                        r.condition.number.value(), r.event_id.empty() ? "" : " id " + r.event_id);
    }
    if (made.sequence) {
        text += fmt::format(" producer {} epoch {} seq {}", made.sequence->producer.value(),
                            made.sequence->epoch.value(), made.sequence->base_sequence.value());
    }
    note(fmt::format("p{} submit {}:{}{}", where.number, made.id.value(), text,
                     made.is_poison ? " poison" : ""));
    open_.push_back(made.id);
    if (open_.size() > 30) open_.pop_front();
    referee_.sees_submit(where, made);
    where.machine->submit(made.to_append());
}

void world::cancel(partition_world& where, dice& d) {
    if (open_.empty()) return;
    auto& gone = *book_.at(open_[d.below(open_.size())]);
    if (gone.partition != where.number || gone.is_cancelled || gone.reply) return;
    carry_out(where, d);  // an answer may have been under way
    if (gone.reply) return;
    note(fmt::format("p{} cancel {}", where.number, gone.id.value()));
    where.machine->cancel(gone.id);
    // A resend may have joined it, which is not to be seen from here.
    gone.is_cancelled = true;
}

void world::foreign(partition_world& where, dice& d) {
    if (d.percent(30)) return where.foreign_record("foreign" + std::to_string(where.number));
    const auto& key = d.one_of(clients::keys());
    const auto at = heads_.aggregates.find(key);
    if (at == heads_.aggregates.end() || at->second.home != where.options.partition) return;
    where.foreign_record(key);
}

void world::carry_out(partition_world& where, dice& d) {
    const auto done = where.machine->take_actions(d.percent(50) ? 0 : d.below(6));
    // Answers first: an answer is held against what was under way when it was judged.
    for (const auto& reply : done.answers) {
        note(fmt::format("p{} answer {}: {} expected {} got {} offset {}", where.number,
                         reply.id.value(), static_cast<int>(reply.outcome), reply.expected.value(),
                         reply.got.value(), reply.base_offset.value()));
        referee_.sees_answer(where, reply, now_);
        clients_.hears(*book_.at(reply.id), d);
        redirect_ended(*book_.at(reply.id));
    }
    for (const auto& batch : done.sends) {
        std::string text;
        for (const auto id : batch.appends) text += fmt::format(" {}", id.value());
        note(fmt::format("p{} send batch {}:{}", where.number, batch.id.value(), text));
        where.send(batch, book_);
    }
    for (const auto& sent : done.redirects) redirect(where, sent);
    for (const auto id : done.released) referee_.sees_release(id);
}

/// Clients hear nothing any more of what they asked before.
void world::restart(dice& d) {
    for (auto& [id, asked] : book_) {
        if (asked->is_released) continue;
        asked->is_cancelled = asked->is_cancelled || !asked->reply;
        asked->is_released = true;
    }
    open_.clear();
    settled_.clear();
    between_.clear();
    claims_.waiting.clear();
    for (auto& where : partitions_) where.restarts(d);
}

void world::redirect(partition_world& where, const sync::redirected_append& sent) {
    for (const auto& record : book_.at(sent.id)->records) {
        if (!record.key) continue;
        const auto at = heads_.aggregates.find(*record.key);
        require(at != heads_.aggregates.end() && at->second.home == sent.home,
                "redirected to where a key doesn't live");
    }
    auto& there = clients_.redirects(*book_.at(sent.id),
                                     static_cast<std::size_t>(sent.home.value()), sent.hold_until);
    note(fmt::format("p{} redirect {} to p{} as {}", where.number, sent.id.value(), there.partition,
                     there.id.value()));
    between_.emplace_back([this, &there] {
        note(fmt::format("p{} takes {}", there.partition, there.id.value()));
        partitions_[there.partition].machine->submit(there.to_append());
    });
}

void world::redirect_ended(const command& there) {
    const auto* asked = there.redirected_of;
    if (asked == nullptr) return;
    between_.emplace_back([this, asked, &there] {
        note(fmt::format("p{} hears of {}", asked->partition, asked->id.value()));
        partitions_[asked->partition].machine->redirect_ended(asked->id, *there.reply);
    });
}

/// As posts between threads, in the order in which they were sent.
void world::deliver() {
    for (const auto& arrive : std::exchange(between_, {})) arrive();
}

void world::tell_settled() {
    for (const auto& [partition, key] : std::exchange(settled_, {})) {
        partitions_[partition].machine->head_changed(key);
    }
}

void world::finish(std::uint64_t seed) {
    dice d{seed};
    for (int round = 0; round < 400; ++round) {
        for (auto& where : partitions_) {
            where.settle_everything(d);
            tell_settled();
            deliver();
            carry_out(where, d);
        }
    }
    referee_.sees_end();
    for (auto& where : partitions_) {
        const auto counts = where.machine->counts();
        require(counts.waiting_appends == 0 && counts.waiting_bytes == 0 &&
                    counts.in_flight_batches == 0 && counts.undecided_keys == 0 &&
                    counts.redirected_appends == 0,
                "something is left over");
    }
    require(claims_.holders.empty(), "a claim is never released");
}

}  // namespace

run_result run(std::uint64_t seed, const std::vector<std::uint64_t>& steps) {
    world simulated{seed};
    run_result out;
    play(simulated, seed, steps, out);
    for (int i = 0; i <= static_cast<int>(sync::append_outcome::timed_out); ++i) {
        const auto outcome = static_cast<sync::append_outcome>(i);
        out.outcomes[outcome] = simulated.count_of(outcome);
    }
    return out;
}

}  // namespace bkes::sim
