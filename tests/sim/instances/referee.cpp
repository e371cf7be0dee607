#include "tests/sim/instances/referee.hpp"

#include <algorithm>

namespace bkes::sim::instances {

void referee::sees_write(const log_entry& batch, sim_time now) {
    std::map<std::string, std::int64_t> more;
    for (auto* one : batch.commands) {
        require(!one->stands, "a record stands twice");
        require(!one->is_refused, "a record comes to stand after its client heard that it doesn't");
        const auto place = partition_.count_of(one->key) + more[one->key]++;
        require(one->order < 0 || one->order == place,
                "a record is written that was judged on a past which is none any more");
        keys_[one->key].moved_at = now;
    }
    ++happened["batch"];
}

void referee::sees_foreign(const std::string& key, sim_time now) {
    keys_[key].moved_at = now;
    ++happened["foreign record"];
}

void referee::sees_cut(sim_time now) {
    for (auto& [key, life] : keys_) {
        life.moved_at = now;
        life.heard_of = 0;
    }
    ++cuts_;
    ++happened["unclean election"];
}

void referee::sees_answer(command& asked, const sync::answer& reply, bool knows_of_cuts) {
    require(!asked.is_answered, "an append is answered twice");
    asked.is_answered = true;
    using sync::append_outcome;
    switch (reply.outcome) {
        case append_outcome::written: {
            require(asked.stands || asked.was_cut, "an acknowledged record doesn't stand");
            asked.is_acked = true;
            auto& life = keys_[asked.key];
            if (asked.stands) {
                // All before it in the log stand as well.
                std::int64_t place = 0;
                for (const auto& entry : partition_.log()) {
                    place += entry.foreign_key == asked.key;
                    for (const auto* one : entry.commands) {
                        place += one->key == asked.key;
                        if (one == &asked) life.heard_of = std::max(life.heard_of, place);
                    }
                }
            }
            ++happened["written"];
            return;
        }
        case append_outcome::timed_out:
            ++happened["timed out"];
            return;
        case append_outcome::order_conflict: {
            const bool is_head = partition_.count_of(asked.key) == asked.order;
            const bool was_head_all_along = keys_[asked.key].moved_at < asked.submitted_at;
            require(!knows_of_cuts || !(is_head && was_head_all_along), "a conflict that was none");
            if (knows_of_cuts) {
                auto& heard_of = keys_[asked.key].heard_of;
                heard_of = std::max(heard_of, reply.expected.value());
            }
            ++happened["conflict"];
            break;
        }
        case append_outcome::not_owner:
            ++happened["not owner"];
            break;
        case append_outcome::not_ready:
            ++happened["not ready"];
            break;
        case append_outcome::refused_by_broker:
            ++happened["refused by the broker"];
            break;
        default:
            require(false, "an answer that nobody asked for");
    }
    asked.is_refused = true;
    require(!asked.stands, "a record stands though its client heard that it doesn't");
}

void referee::sees_passed_on(const command& asked) {
    require(!asked.stands, "a record stands though its instance gave it to another one");
    ++happened["passed on"];
}

begun_read referee::read_begins(const std::string& key, sim_time now) {
    return {.key = key, .began = now, .least = keys_[key].heard_of, .cuts = cuts_};
}

void referee::sees_read(const begun_read& read, std::int64_t head, bool counts) {
    require(head >= read.least || read.cuts != cuts_,
            "a read misses what a client had heard of before it");
    require(head <= partition_.count_of(read.key) || cuts_ > 0, "a read shows what doesn't stand");
    if (counts) {
        auto& heard_of = keys_[read.key].heard_of;
        heard_of = std::max(heard_of, head);
    }
    ++happened["read"];
}

}  // namespace bkes::sim::instances
