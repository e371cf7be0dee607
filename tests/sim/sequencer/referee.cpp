#include "tests/sim/sequencer/referee.hpp"

#include <algorithm>
#include <limits>

namespace bkes::sim {

using sync::append_outcome;
using sync::producer_sequence;
using kind = sync::order_condition::kind;

namespace {

/// The key of the record that a refusal names.
const std::string& named_key(const command& asked, const sync::answer& reply) {
    const auto index = static_cast<std::size_t>(reply.record_index);
    require(index < asked.records.size() && asked.records[index].key, "names no event");
    return *asked.records[index].key;
}

/// The sequence after this batch; after the largest comes 0.
sequence_number following(const producer_sequence& batch) {
    const auto left = std::numeric_limits<std::int32_t>::max() - batch.base_sequence.value();
    return sequence_number{batch.count <= left ? batch.base_sequence.value() + batch.count
                                               : batch.count - left - 1};
}

}  // namespace

/// Notes whether the batch is one of the last five that the store has of its producer.
void referee::sees_submit(const partition_world& where, command& asked) const {
    if (!asked.sequence || known_by_ids_.contains({where.number, asked.sequence->producer})) return;
    int batches = 0;
    for (auto at = where.stored_next() - 1; at >= where.remembers_from() && batches < 5; --at) {
        const auto& record = where.log()[static_cast<std::size_t>(at)];
        if (record.owner == nullptr || record.index != 0 || !record.owner->sequence) continue;
        const auto& written = *record.owner->sequence;
        if (written.producer != asked.sequence->producer) continue;
        if (written.epoch != asked.sequence->epoch) return;
        if (asked.repeats(*record.owner)) asked.is_known_resend = true;
        ++batches;
    }
}

void referee::sees_write(const partition_world& where, const sim_batch& batch) {
    std::map<std::string, std::int64_t> added;
    for (const auto* owner : batch.commands) {
        require(!owner->offset, "an append is written twice");
        require(!owner->reply || owner->reply->outcome == append_outcome::timed_out,
                "an append is written after its answer");
        const auto& asked = owner->redirected_of == nullptr ? *owner : *owner->redirected_of;
        if (asked.sequence) check_sequence(asked);
        if (owner->redirected_of != nullptr) note_redirected(asked);
        for (const auto& record : owner->records) {
            if (!record.key) continue;
            const auto [home, is_new] = homes_.try_emplace(*record.key, where.number);
            require(home->second == where.number, "a key gets events in two partitions");
            const auto order = where.events_in_log(*record.key) + added[*record.key]++;
            check_record(where, batch, record, order);
            require(record.event_id.empty() || event_ids_.insert(record.event_id).second,
                    "an event with an id is written twice");
        }
    }
}

void referee::check_record(const partition_world& where, const sim_batch& batch,
                           const command_record& record, std::int64_t order) const {
    const auto& condition = record.condition;
    if (condition.what == kind::exists) require(order > 0, "exists, but it doesn't");
    if (condition.what != kind::exactly || condition.number.value() == order) return;
    // Only a record that was written past bkes, and not yet noticed, may be in between.
    const auto& log = where.log();
    const auto unnoticed =
        std::any_of(log.begin() + batch.stored_when_formed, log.end(),
                    [&](const log_record& r) { return r.owner == nullptr && r.key == record.key; });
    require(unnoticed, "an event gets another order than it asked for");
}

/// Its sequence counts in the partition that its client named.
void referee::note_redirected(const command& asked) {
    if (!asked.sequence) return;
    redirected_.push_back(&asked);
    known_by_ids_.emplace(asked.partition, asked.sequence->producer);
}

void referee::check_sequence(const command& owner) {
    const auto& sequence = *owner.sequence;
    const std::tuple producer{owner.partition, sequence.producer};
    const auto last = last_sequence_.find(producer);
    if (last != last_sequence_.end()) {
        const auto& before = last->second;
        require(sequence.epoch >= before.epoch, "an older epoch is written after a newer one");
        const auto expected =
            sequence.epoch == before.epoch ? following(before) : sequence_number{0};
        require(sequence.base_sequence == expected, "sequences of a producer have a gap or repeat");
    }
    last_sequence_[producer] = sequence;
}

void referee::sees_answer(const partition_world& where, const sync::answer& reply,
                          sync::instant now) {
    auto& asked = *book_.at(reply.id);
    require(!asked.reply, "answered twice");
    require(!asked.is_cancelled, "answered after its client went");
    require(!asked.is_released, "answered after it was released");
    asked.reply = reply;
    ++outcomes_[reply.outcome];
    const auto* there = book_.at(reply.of)->redirected;
    if (there != nullptr && there->reply) {
        const auto outcome = there->reply->outcome == append_outcome::wrong_partition
                                 ? append_outcome::not_ready
                                 : there->reply->outcome;
        if (outcome == reply.outcome) return check_redirected(asked, reply);
    }
    require(there == nullptr || !there->offset || reply.outcome == append_outcome::timed_out,
            "refused, but it stands in the log of another partition");
    const bool waited = asked.answer_until <= now || asked.hold_until <= now;
    switch (reply.outcome) {
        case append_outcome::written:
        case append_outcome::duplicate:
            return check_success(where, asked, reply);
        case append_outcome::timed_out:
            return require(waited, "timed out before its time");
        case append_outcome::not_ready:
            require(waited || where.is_closed || asked.sequence, "not ready before its time");
            break;
        case append_outcome::order_conflict:
            check_conflict(where, asked, reply);
            break;
        case append_outcome::no_such_aggregate: {
            const auto& key = named_key(asked, reply);
            require(!where.heads.aggregates.contains(key), "no such aggregate, but there is");
            require(!where.has_unstored(key), "no such aggregate while it may come to be");
            break;
        }
        case append_outcome::wrong_partition: {
            const auto& key = named_key(asked, reply);
            const auto at = where.heads.aggregates.find(key);
            require(at != where.heads.aggregates.end() && at->second.home == reply.home &&
                        reply.home != where.options.partition,
                    "wrong partition, but the key doesn't live there");
            break;
        }
        case append_outcome::refused_by_broker:
            // One that joined an append by its sequence shares its fate.
            require(asked.was_refused_alone || asked.was_refused_for_all || asked.sequence,
                    "refused for a fault that may be another's");
            break;
        case append_outcome::out_of_order_sequence:
        case append_outcome::invalid_producer_epoch:
            require(asked.sequence.has_value(), "a sequence error without a sequence");
            require(
                !asked.is_known_resend || reply.outcome != append_outcome::out_of_order_sequence,
                "a resend of one of the last batches isn't recognised");
            break;
        case append_outcome::not_owner:
            // Or the one before it of its producer was redirected there.
            require(where.is_closed || (asked.sequence && is_redirected_in_vain_),
                    "not owner, but nobody took over");
            is_redirected_in_vain_ = is_redirected_in_vain_ || asked.redirected_of != nullptr;
            break;
    }
    require(!asked.offset, "refused, but it stands in the log");
}

void referee::check_success(const partition_world& where, const command& asked,
                            const sync::answer& reply) {
    const auto begin = reply.base_offset.value();
    if (begin == -1) {
        require(std::ranges::any_of(redirected_,
                                    [&](const auto* other) { return asked.repeats(*other); }),
                "success, but it stands nowhere");
        return;
    }
    const auto end = begin + static_cast<std::int64_t>(asked.records.size());
    require(begin >= 0 && end <= static_cast<std::int64_t>(where.log().size()),
            "success, but nothing stands there");
    require(end <= where.stored_next(), "success before the store has it");
    const auto& first = where.log()[static_cast<std::size_t>(begin)];
    require(first.owner != nullptr && first.index == 0, "success, but another's stands there");
    if (reply.outcome == append_outcome::duplicate) note_known_resend(asked);
    if (first.owner == &asked) return;
    require(first.owner->records.size() == asked.records.size(), "success for another append");
    if (asked.repeats(*first.owner)) return;
    require(reply.outcome == append_outcome::duplicate, "written, but another's stands there");
    if (asked.sequence) known_by_ids_.emplace(where.number, asked.sequence->producer);
    for (std::size_t i = 0; i < asked.records.size(); ++i) {
        const auto& mine = asked.records[i];
        if (!mine.key) continue;
        const auto& theirs = where.log()[static_cast<std::size_t>(begin) + i];
        require(theirs.key == mine.key && theirs.order == mine.condition.number.value() &&
                    !mine.event_id.empty() &&
                    theirs.owner->records[theirs.index].event_id == mine.event_id,
                "duplicate, but of other events");
    }
}

/// Known by its event ids after a restart, which forgets sequences, it takes its turn without being
/// written.
void referee::note_known_resend(const command& asked) {
    if (!asked.sequence) return;
    const auto last = last_sequence_.find({asked.partition, asked.sequence->producer});
    if (last != last_sequence_.end() && last->second.epoch == asked.sequence->epoch &&
        following(last->second) == asked.sequence->base_sequence) {
        last->second = *asked.sequence;
    }
}

void referee::check_redirected(const command& asked, const sync::answer& reply) {
    const auto& redirected = *book_.at(reply.of);
    const auto& there = *redirected.redirected->reply;
    require(&redirected == &asked || asked.repeats(redirected), "hears of another append");
    require(reply.base_offset.value() == -1, "an offset of another partition");
    require(reply.expected == there.expected && reply.got == there.got &&
                reply.record_index == there.record_index,
            "hears something else than was judged");
}

void referee::check_conflict(const partition_world& where, const command& asked,
                             const sync::answer& reply) const {
    const auto index = static_cast<std::size_t>(reply.record_index);
    named_key(asked, reply);
    const auto& record = asked.records[index];
    require(record.condition.what == kind::exactly && record.condition.number == reply.got,
            "a conflict that names the wrong record");
    std::int64_t earlier = 0;
    for (std::size_t i = 0; i < index; ++i) earlier += asked.records[i].key == record.key ? 1 : 0;
    const auto at = where.heads.aggregates.find(*record.key);
    const auto stored = at == where.heads.aggregates.end()
                            ? std::int64_t{0}
                            : static_cast<std::int64_t>(at->second.events.size());
    require(reply.expected.value() == stored + earlier,
            "a conflict with a version that doesn't exist");
    require(reply.got != reply.expected, "a conflict that is none");
    const bool is_final = reply.got < reply.expected && earlier == 0;
    require(is_final || !where.has_unstored(*record.key), "a conflict with something undecided");
}

void referee::sees_release(sync::append_id id) {
    auto& released = *book_.at(id);
    require(!released.is_released, "released twice");
    require(released.reply || released.is_cancelled, "released before its answer");
    released.is_released = true;
}

void referee::sees_loss(const partition_world& where, std::span<const partition_world* const> all) {
    homes_.clear();
    event_ids_.clear();
    for (const auto* partition : all) {
        for (const auto& record : partition->log()) {
            if (record.owner == nullptr || !record.key) continue;
            homes_.emplace(*record.key, partition->number);
            const auto& id = record.owner->records[record.index].event_id;
            if (!id.empty()) event_ids_.insert(id);
        }
    }
    // A newer epoch may be lost, for which the batches of the older one were forgotten.
    for (const auto& [producer, last] : last_sequence_) {
        if (last.epoch > producer_epoch{0}) known_by_ids_.insert(producer);
    }
    // What was redirected to it counts elsewhere.
    std::erase_if(last_sequence_, [&](const auto& one) {
        return std::get<0>(one.first) == where.number || known_by_ids_.contains(one.first);
    });
}

void referee::sees_end() const {
    for (const auto& [id, asked] : book_) {
        require(asked->reply || asked->is_cancelled, "an append has no answer");
        require(asked->is_released, "an append is never released");
    }
}

}  // namespace bkes::sim
