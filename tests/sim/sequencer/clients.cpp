#include "tests/sim/sequencer/clients.hpp"

#include <algorithm>
#include <limits>

namespace bkes::sim {

using sync::order_condition;

namespace {

sequence_number after(sequence_number sequence, std::int32_t count) {
    const auto circle = std::int64_t{1} << 31;
    return sequence_number{
        static_cast<std::int32_t>((std::int64_t{sequence.value()} + count) % circle)};
}

}  // namespace

const std::vector<std::string>& clients::keys() {
    static const std::vector<std::string> all{"",  "a", "b", "c",
                                              "d", "e", "f", "a long key that is no short string"};
    return all;
}

clients::clients(command_book& book, dice& setup)
    : book_{book}, are_redirected_{setup.percent(70)} {
    for (std::size_t partition = 0; partition < 2; ++partition) {
        for (int i = 0; i < 3; ++i) {
            producer made{.id = producer_id{10 * static_cast<std::int64_t>(partition) + i}};
            // One of them comes to the end of the sequences soon.
            if (i == 0 && setup.percent(50)) {
                made.next = sequence_number{std::numeric_limits<std::int32_t>::max() - 6};
            }
            producers_[partition].push_back(made);
        }
    }
}

command& clients::enter(const partition_world& where, dice& d, sync::instant now) {
    const sync::append_id id{next_id_++};
    auto& owned = book_[id];
    owned = std::make_unique<command>();
    owned->id = id;
    owned->content = static_cast<std::uint32_t>(id.value());
    owned->partition = where.number;
    owned->may_be_redirected = are_redirected_;
    if (d.percent(30)) owned->hold_until = now + std::chrono::milliseconds{d.below(60)};
    if (d.percent(30)) owned->answer_until = now + std::chrono::milliseconds{d.below(120)};
    return *owned;
}

command& clients::redirects(command& asked, std::size_t home, sync::instant hold_until) {
    const sync::append_id id{next_id_++};
    auto& owned = book_[id];
    owned = std::make_unique<command>();
    owned->id = id;
    owned->partition = home;
    owned->records = asked.records;
    owned->is_poison = asked.is_poison;
    owned->goes_alone = asked.goes_alone;
    owned->hold_until = hold_until;
    owned->redirected_of = &asked;
    asked.redirected = owned.get();
    return *owned;
}

std::string clients::pick_key(const partition_world& where, dice& d) const {
    // Keys come and go, so that there are always new ones.
    if (d.percent(20)) return "new" + std::to_string(next_id_ / 16);
    for (;;) {
        const auto& key = d.one_of(keys());
        const auto at = where.heads.aggregates.find(key);
        const bool elsewhere =
            at != where.heads.aggregates.end() && at->second.home != where.options.partition;
        if (!elsewhere || d.percent(20)) return key;
    }
}

command_record clients::record(const partition_world& where, dice& d,
                               std::map<std::string, int>& here) {
    command_record made;
    if (d.percent(5)) return made;
    const auto key = pick_key(where, d);
    made.key = key;
    const auto earlier = here[key]++;
    if (d.percent(10))
        made.condition = order_condition::any();
    else if (d.percent(10))
        made.condition = order_condition::exists();
    else {
        const auto stored = where.heads.aggregates.find(key);
        auto order = stored == where.heads.aggregates.end()
                         ? std::int64_t{0}
                         : static_cast<std::int64_t>(stored->second.events.size());
        auto& planned = planned_[{where.number, key}];
        if (d.percent(50)) order = std::max(order, planned - earlier);  // goes on with a chain
        if (d.percent(10)) order += static_cast<std::int64_t>(d.below(4));
        if (d.percent(10)) order -= std::min<std::int64_t>(order, 1 + d.percent(30));
        made.condition = order_condition::exactly(order + earlier);
        planned = order + earlier + 1;
        if (d.percent(5)) planned = 0;
    }
    return made;
}

clients::producer& clients::pick_producer(const partition_world& where, dice& d) {
    return producers_[where.number][d.below(3)];
}

command& clients::asks(const partition_world& where, dice& d, sync::instant now) {
    auto& made = enter(where, d, now);
    const auto count = d.percent(70) ? 1 : 1 + d.below(5);
    const bool with_ids = d.percent(30);
    std::map<std::string, int> here;
    for (std::size_t i = 0; i < count; ++i) {
        auto one = record(where, d, here);
        if (with_ids && one.condition.what == order_condition::kind::exactly) {
            one.event_id = std::to_string(made.id.value()) + "-" + std::to_string(i);
        }
        made.records.push_back(std::move(one));
    }
    made.is_poison = d.percent(2);
    made.goes_alone = d.percent(5);
    if (d.percent(40)) {
        auto& from = pick_producer(where, d);
        const auto records = static_cast<std::int32_t>(count);
        if (d.percent(2)) from.next = after(from.next, 1);  // loses one
        if (d.percent(2)) from.epoch = from.epoch + 1;      // and forgets to begin at 0
        made.sequence = {from.id, from.epoch, from.next, records};
        from.next = after(from.next, records);
    }
    if (made.sequence || with_ids) {
        auto& past = history_[where.number];
        past.push_back(made.id);
        if (past.size() > 12) past.pop_front();
    }
    return made;
}

command* clients::repeats(const partition_world& where, dice& d, sync::instant now) {
    const auto& past = history_[where.number];
    if (past.empty()) return nullptr;
    const auto& before = *book_.at(past[d.below(past.size())]);
    auto& made = enter(where, d, now);
    made.sequence = before.sequence;
    if (made.sequence && d.percent(20)) {  // something else under the same sequences
        std::map<std::string, int> here;
        for (const auto& _ : before.records) made.records.push_back(record(where, d, here));
        return &made;
    }
    made.records = before.records;
    made.content = before.content;
    made.is_poison = before.is_poison;
    made.goes_alone = before.goes_alone;
    return &made;
}

sync::producer_sequence clients::sends_nonsense(const partition_world& where, dice& d) {
    auto& from = pick_producer(where, d);
    return {from.id, from.epoch, from.next, 1};
}

void clients::hears(const command& asked, dice& d) {
    using enum sync::append_outcome;
    const auto outcome = asked.reply->outcome;
    if (!asked.sequence || outcome == written || outcome == duplicate || outcome == timed_out) {
        return;
    }
    auto& all = producers_[asked.partition];
    auto& from = *std::ranges::find(all, asked.sequence->producer, &producer::id);
    if (from.epoch != asked.sequence->epoch) return;
    if (outcome == out_of_order_sequence || outcome == invalid_producer_epoch || d.percent(40)) {
        if (d.percent(50)) return;
        from.epoch = from.epoch + 1;
        from.next = sequence_number{0};
    } else {
        from.next = asked.sequence->base_sequence;
    }
}

}  // namespace bkes::sim
