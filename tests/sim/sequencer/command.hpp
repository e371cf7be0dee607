#pragma once
// What simulated clients ask for, and the whole life of it as the referee needs to know it.

#include "sync/sequencer/append_types.hpp"
#include "tests/sim/violation.hpp"

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace bkes::sim {

struct command_record {
    std::optional<std::string> key;
    sync::order_condition condition;
    std::string event_id;
};

/// One append as submitted. A resend is a command of its own with equal records and content.
struct command {
    sync::append_id id;
    std::size_t partition = 0;
    std::vector<command_record> records;
    std::optional<sync::producer_sequence> sequence;
    std::uint32_t content = 0;  ///< stands for values and headers
    bool is_poison = false;     ///< the broker refuses every batch that holds it
    bool goes_alone = false;
    bool may_be_redirected = false;
    command* redirected = nullptr;  ///< what became of it: the same records, for another partition
    const command* redirected_of = nullptr;  ///< the other way round
    sync::instant hold_until = sync::instant::max();
    sync::instant answer_until = sync::instant::max();

    std::optional<sync::answer> reply;
    bool is_cancelled = false;
    bool is_released = false;
    bool was_sent = false;
    bool is_known_resend = false;        ///< when submitted, its producer's last batches had it
    bool was_refused_alone = false;      ///< by the broker, in a batch of its own
    bool was_refused_for_all = false;    ///< by the broker, for a reason that hits a whole batch
    std::optional<std::int64_t> offset;  ///< in the log

    /// Sent again by an idempotent producer. The same sequence alone doesn't make it that.
    [[nodiscard]] bool repeats(const command& other) const {
        return sequence && sequence == other.sequence && content == other.content;
    }

    [[nodiscard]] sync::append to_append() const {
        sync::append out{.id = id,
                         .sequence = sequence,
                         .size_bytes = 10 * records.size(),
                         .memory_bytes = 25 * records.size()};
        if (out.sequence) out.sequence->content_crc = content;
        for (const auto& record : records) {
            sync::judged_event event{.condition = record.condition};
            if (record.key) event.key = *record.key;
            if (!record.event_id.empty()) event.event_id = record.event_id;
            out.records.push_back(event);
        }
        if (goes_alone) out.merge = sync::merging::goes_alone;
        out.may_be_redirected = may_be_redirected;
        out.hold_until = hold_until;
        out.answer_until = answer_until;
        return out;
    }
};

using command_book = std::unordered_map<sync::append_id, std::unique_ptr<command>>;

}  // namespace bkes::sim
