#include "sync/sequencer/judgement.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace bkes::sync {

namespace {

constexpr event_order last_order{std::numeric_limits<std::int64_t>::max()};

/// Events of each key so far in the append that is being judged.
class tally {
  public:
    key_count& of(bytes_view key) {
        if (counts_.size() < indexed_from) {
            const auto at = std::ranges::find(counts_, key, &key_count::key);
            return at != counts_.end() ? *at : counts_.emplace_back(key, 0);
        }
        if (index_.empty()) {
            for (std::size_t i = 0; i < counts_.size(); ++i) index_.emplace(counts_[i].key, i);
        }
        const auto [at, added] = index_.try_emplace(key, counts_.size());
        return added ? counts_.emplace_back(key, 0) : counts_[at->second];
    }

    [[nodiscard]] std::vector<key_count> take() { return std::move(counts_); }

  private:
    static constexpr std::size_t indexed_from = 16;
    std::vector<key_count> counts_;
    std::unordered_map<bytes_view, std::size_t> index_;
};

verdict refuse(append_outcome why, std::size_t index) {
    verdict out{.what = verdict::kind::refuse};
    out.reply.outcome = why;
    out.reply.record_index = static_cast<std::int32_t>(index);
    return out;
}

verdict conflict(std::size_t index, event_order expected, event_order got) {
    auto out = refuse(append_outcome::order_conflict, index);
    out.reply.expected = expected;
    out.reply.got = got;
    return out;
}

verdict hold(hold_reason reason, bytes_view key, event_order waits_for) {
    return {.what = verdict::kind::hold, .reason = reason, .held_on = key, .waits_for = waits_for};
}

/// An order that isn't the next one. It is final only against what the store has: against an
/// undecided append the client would hear of a version that may never come to exist.
verdict misfit(const judged_event& record, std::size_t index, const key_standing& key,
               std::int64_t earlier) {
    const auto got = record.condition.number;
    if (!key.has_undecided) return conflict(index, key.committed_next + earlier, got);
    if (earlier == 0 && got < key.committed_next) return conflict(index, key.committed_next, got);
    // Above: what lies between may be on its way, over another connection or reordered by a client
    // that pipelines. It fits when its first event of this key meets the right head.
    if (got > key.undecided_next + earlier) {
        return hold(hold_reason::order_above, *record.key, event_order{got.value() - earlier});
    }
    // Behind an event of its own it is final only when nothing is undecided.
    return hold(hold_reason::order_below, *record.key,
                earlier == 0 ? event_order{got.value() + 1} : last_order);
}

/// The verdict on one record if it isn't acceptable; `earlier`: events of its key before it in the
/// same append.
std::optional<verdict> objection(const judged_event& record, std::size_t index,
                                 const key_standing& key, std::int64_t earlier) {
    if (key.lives_elsewhere) {
        auto out = refuse(append_outcome::wrong_partition, index);
        out.reply.home = *key.lives_elsewhere;
        return out;
    }
    if (last_order - key.undecided_next <= earlier) {  // no number left
        return conflict(index, last_order, last_order);
    }
    const auto next = key.undecided_next + earlier;
    switch (record.condition.what) {
        case order_condition::kind::any:
            return std::nullopt;
        case order_condition::kind::exists:
            if (next > event_order{0}) return std::nullopt;
            return refuse(append_outcome::no_such_aggregate, index);
        case order_condition::kind::exactly:
            if (record.condition.number == next) return std::nullopt;
            return misfit(record, index, key, earlier);
    }
    return std::nullopt;
}

bool has_id(const judged_event& record) {
    return record.event_id && !record.event_id->empty() &&
           record.condition.what == order_condition::kind::exactly;
}

/// The verdict if all events of the append stand already where they say, known by their ids.
result<std::optional<verdict>> recognise(const append& request, judged_heads& heads) {
    std::optional<log_offset> original;
    std::optional<bytes_view> undecided_key;
    for (std::size_t i = 0; i < request.records.size(); ++i) {
        const auto& record = request.records[i];
        if (!record.key) continue;
        if (!has_id(record)) return std::nullopt;
        const auto found = heads.event_at(*record.key, record.condition.number);
        if (!found) return failure{found.error()};
        if (found->where == standing_event::place::none || found->id != *record.event_id) {
            return std::nullopt;
        }
        if (found->where == standing_event::place::undecided) {
            undecided_key = record.key;
        } else if (!original) {
            original = log_offset{found->offset.value() - static_cast<std::int64_t>(i)};
        }
    }
    if (undecided_key) return hold(hold_reason::resend, *undecided_key, {});
    if (!original) return std::nullopt;
    verdict out{.what = verdict::kind::duplicate};
    out.reply.outcome = append_outcome::duplicate;
    out.reply.base_offset = *original;
    return out;
}

/// The partition in which all keys of the append live, if that is one and the same.
result<std::optional<partition_id>> common_home(const append& request, judged_heads& heads) {
    std::optional<partition_id> home;
    for (const auto& record : request.records) {
        if (!record.key) continue;
        const auto key = heads.look(*record.key);
        if (!key) return failure{key.error()};
        if (!key->lives_elsewhere || (home && *home != *key->lives_elsewhere)) return std::nullopt;
        home = key->lives_elsewhere;
    }
    return home;
}

/// The verdict on an append with a key that lives elsewhere.
result<verdict> misplaced(const append& request, verdict&& refusal, judged_heads& heads) {
    if (!request.may_be_redirected) return std::move(refusal);
    const auto home = common_home(request, heads);
    if (!home) return failure{home.error()};
    if (*home) refusal.what = verdict::kind::redirect;
    return std::move(refusal);
}

/// Only an append whose first misfit is an order below the next one can be a resend.
bool may_be_resend(const judged_event& record, const key_standing& key, std::int64_t earlier) {
    return !key.lives_elsewhere && has_id(record) &&
           record.condition.number < key.undecided_next + earlier;
}

}  // namespace

result<verdict> judge(const append& request, judged_heads& heads) {
    tally counts;
    for (std::size_t i = 0; i < request.records.size(); ++i) {
        const auto& record = request.records[i];
        if (!record.key) continue;
        const auto key = heads.look(*record.key);
        if (!key) return failure{key.error()};
        auto& count = counts.of(*record.key);
        if (auto bad = objection(record, i, *key, count.events)) {
            if (may_be_resend(record, *key, count.events)) {
                auto known = recognise(request, heads);
                if (!known) return failure{known.error()};
                if (*known) return **std::move(known);
            }
            if (key->lives_elsewhere) return misplaced(request, *std::move(bad), heads);
            return *std::move(bad);
        }
        ++count.events;
    }
    return verdict{.accepted = counts.take()};
}

}  // namespace bkes::sync
