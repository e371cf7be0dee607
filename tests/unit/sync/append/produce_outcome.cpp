#include "sync/append/produce_outcome.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace bkes::sync;

produce_verdict first_try(std::int16_t code) {
    return classify_answer(code, earlier_attempts::none).verdict;
}

produce_verdict later_try(std::int16_t code) {
    return classify_answer(code, earlier_attempts::may_be_written).verdict;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_produce_outcome)

BOOST_AUTO_TEST_CASE(codes_that_may_hide_a_written_batch_are_never_a_refusal) {
    for (const std::int16_t code : {-1, 3, 5, 6, 7, 13, 19, 20, 56, 74, 75}) {
        BOOST_TEST((first_try(code) == produce_verdict::send_again), code);
        BOOST_TEST((later_try(code) == produce_verdict::send_again), code);
    }
}

BOOST_AUTO_TEST_CASE(lost_producer_state_is_decided_by_the_log) {
    for (const std::int16_t code : {45, 46, 47, 49, 59, 90}) {
        BOOST_TEST((first_try(code) == produce_verdict::ask_the_log), code);
    }
}

BOOST_AUTO_TEST_CASE(refusals_are_final_on_the_first_attempt_only) {
    for (const std::int16_t code : {2, 10, 17, 18, 29, 31, 32, 35, 43, 44, 76, 87}) {
        BOOST_TEST((first_try(code) == produce_verdict::refused), code);
        BOOST_TEST((later_try(code) == produce_verdict::ask_the_log), code);
    }
}

BOOST_AUTO_TEST_CASE(blames_a_record_only_where_others_of_the_batch_may_be_fine) {
    for (const std::int16_t code : {2, 32, 87}) {
        BOOST_TEST(
            (classify_answer(code, earlier_attempts::none).blame == refusal_blame::one_record),
            code);
    }
    for (const std::int16_t code : {10, 18}) {
        BOOST_TEST((classify_answer(code, earlier_attempts::none).blame == refusal_blame::its_size),
                   code);
    }
    for (const std::int16_t code : {29, 31}) {
        BOOST_TEST(
            (classify_answer(code, earlier_attempts::none).blame == refusal_blame::whole_batch),
            code);
    }
}

BOOST_AUTO_TEST_SUITE_END()
