#include "sync/forward/forward_outcomes.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bkes::sync {

namespace {

struct numbered {
    append_result result;
    std::int8_t number;
};

constexpr std::array numbers{
    numbered{append_result::written, 0},
    numbered{append_result::order_conflict, 1},
    numbered{append_result::wrong_partition, 2},
    numbered{append_result::invalid_record, 3},
    numbered{append_result::corrupt_batch, 4},
    numbered{append_result::too_large, 5},
    numbered{append_result::transactional, 6},
    numbered{append_result::not_ready, 7},
    numbered{append_result::not_owner, 8},
    numbered{append_result::timed_out, 9},
    numbered{append_result::sequence_out_of_order, 10},
    numbered{append_result::broker_refused, 11},
    numbered{append_result::stopped, 12},
};

static_assert(numbers.size() == std::to_underlying(append_result::stopped) + 1);

std::int8_t number_of(append_result result) {
    return std::ranges::find(numbers, result, &numbered::result)->number;
}

}  // namespace

protocol::forward_response::append_outcome outcome_of(std::int64_t id,
                                                      const append_answer& answer) {
    protocol::forward_response::append_outcome outcome{.id = id};
    outcome.outcome = number_of(answer.outcome);
    outcome.broker_error = answer.broker_error;
    outcome.text = answer.text;
    outcome.record_index = answer.record_index;
    outcome.base_offset = answer.base_offset.value();
    outcome.log_append_time_ms = answer.log_append_time_ms;
    outcome.log_start_offset = answer.log_start_offset.value();
    if (answer.conflict) {
        outcome.conflict_key = answer.conflict->key;
        outcome.conflict_expected = answer.conflict->expected.value();
        outcome.conflict_got = answer.conflict->got ? answer.conflict->got->value() : -1;
    }
    return outcome;
}

append_answer answer_of(const protocol::forward_response::append_outcome& outcome) {
    append_answer answer;
    const auto* const known = std::ranges::find(numbers, outcome.outcome, &numbered::number);
    const bool is_refused_for_nothing =
        outcome.outcome == number_of(append_result::broker_refused) && outcome.broker_error == 0;
    answer.outcome =
        known == numbers.end() || is_refused_for_nothing ? append_result::timed_out : known->result;
    answer.broker_error = outcome.broker_error;
    answer.text = outcome.text;
    answer.record_index = outcome.record_index;
    answer.base_offset = log_offset{outcome.base_offset};
    answer.log_append_time_ms = outcome.log_append_time_ms;
    answer.log_start_offset = log_offset{outcome.log_start_offset};
    if (outcome.conflict_key) {
        answer.conflict = order_conflict{
            .key = bytes{*outcome.conflict_key},
            .expected = event_order{outcome.conflict_expected},
            .got = outcome.conflict_got < 0 ? std::nullopt
                                            : std::optional{event_order{outcome.conflict_got}}};
    }
    return answer;
}

}  // namespace bkes::sync
