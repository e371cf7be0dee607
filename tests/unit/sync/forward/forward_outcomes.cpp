#include "sync/forward/forward_outcomes.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

BOOST_AUTO_TEST_SUITE(sync_forward_forward_outcomes)

using namespace bkes;
using namespace bkes::sync;

namespace {

append_answer there_and_back(const append_answer& answer) {
    return answer_of(outcome_of(1, answer));
}

void check_conflict(std::optional<event_order> got) {
    append_answer answer;
    answer.outcome = append_result::order_conflict;
    answer.conflict = order_conflict{.key = "k", .expected = event_order{7}, .got = got};
    const auto back = there_and_back(answer);
    BOOST_REQUIRE(back.conflict.has_value());
    BOOST_TEST(back.conflict->key == "k");
    BOOST_TEST(back.conflict->expected.value() == 7);
    BOOST_TEST((back.conflict->got == got));
}

}  // namespace

// Instances of different versions tell each other: a number never changes its meaning.
BOOST_AUTO_TEST_CASE(have_the_numbers_that_they_always_had) {
    const std::pair<append_result, int> numbers[] = {{append_result::written, 0},
                                                     {append_result::order_conflict, 1},
                                                     {append_result::wrong_partition, 2},
                                                     {append_result::invalid_record, 3},
                                                     {append_result::corrupt_batch, 4},
                                                     {append_result::too_large, 5},
                                                     {append_result::transactional, 6},
                                                     {append_result::not_ready, 7},
                                                     {append_result::not_owner, 8},
                                                     {append_result::timed_out, 9},
                                                     {append_result::sequence_out_of_order, 10},
                                                     {append_result::broker_refused, 11},
                                                     {append_result::stopped, 12}};
    for (const auto& [result, number] : numbers) {
        append_answer answer;
        answer.outcome = result;
        answer.broker_error = 1;
        BOOST_TEST(int{outcome_of(1, answer).outcome} == number);
        BOOST_TEST((there_and_back(answer).outcome == result));
    }
}

// A code of 0 would pass for a success.
BOOST_AUTO_TEST_CASE(a_broker_that_refused_for_nothing_is_not_understood) {
    append_answer answer;
    answer.outcome = append_result::broker_refused;
    BOOST_TEST((there_and_back(answer).outcome == append_result::timed_out));
}

// Else it would be written a second time.
BOOST_AUTO_TEST_CASE(one_of_a_later_version_may_have_been_written) {
    for (const int number : {-128, -1, 13, 127}) {
        protocol::forward_response::append_outcome later;
        later.outcome = static_cast<std::int8_t>(number);
        BOOST_TEST((answer_of(later).outcome == append_result::timed_out));
    }
}

BOOST_AUTO_TEST_CASE(carry_all_that_the_client_hears) {
    append_answer answer;
    answer.outcome = append_result::broker_refused;
    answer.broker_error = 87;
    answer.text = "bkes: why";
    answer.record_index = 3;
    answer.base_offset = log_offset{std::numeric_limits<std::int64_t>::max()};
    answer.log_append_time_ms = 1'700'000'000'000;
    answer.log_start_offset = log_offset{5};
    BOOST_TEST(outcome_of(42, answer).id == 42);
    const auto back = there_and_back(answer);
    BOOST_TEST((back.outcome == answer.outcome));
    BOOST_TEST(back.broker_error == 87);
    BOOST_TEST(back.text == "bkes: why");
    BOOST_TEST(back.record_index == 3);
    BOOST_TEST((back.base_offset == answer.base_offset));
    BOOST_TEST(back.log_append_time_ms == 1'700'000'000'000);
    BOOST_TEST(back.log_start_offset.value() == 5);
    BOOST_TEST(!back.conflict.has_value());
}

BOOST_AUTO_TEST_CASE(carry_nothing_as_nothing) {
    const auto back = there_and_back({});
    BOOST_TEST(back.broker_error == 0);
    BOOST_TEST(back.text.empty());
    BOOST_TEST(back.record_index == -1);
    BOOST_TEST(back.base_offset.value() == -1);
    BOOST_TEST(back.log_append_time_ms == -1);
    BOOST_TEST(back.log_start_offset.value() == -1);
    BOOST_TEST(!back.conflict.has_value());
}

BOOST_AUTO_TEST_CASE(carry_conflicts) {
    check_conflict(event_order{0});
    check_conflict(event_order{std::numeric_limits<std::int64_t>::max()});
    check_conflict(std::nullopt);
}

BOOST_AUTO_TEST_CASE(the_empty_key_conflicts_too) {
    append_answer answer;
    answer.conflict = order_conflict{.key = "", .expected = event_order{1}, .got = event_order{2}};
    const auto back = there_and_back(answer);
    BOOST_REQUIRE(back.conflict.has_value());
    BOOST_TEST(back.conflict->key.empty());
}

BOOST_AUTO_TEST_SUITE_END()
