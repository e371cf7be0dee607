#include "sync/fencing/coordinator_dialogue.hpp"

#include "protocol/kafka_error.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace bkes;
using namespace bkes::sync;
using protocol::kafka_error;
using step = coordinator_dialogue::step;
using verdict = coordinator_dialogue::verdict;
using goal = coordinator_dialogue::goal;

constexpr producer_identity first{.producer = producer_id{7}, .epoch = producer_epoch{3}};
constexpr producer_identity second{.producer = producer_id{7}, .epoch = producer_epoch{4}};

verdict fails(coordinator_dialogue& machine, kafka_error error) {
    return machine.answered(static_cast<std::int16_t>(error));
}

/// An identity that has taken over, with `first`.
coordinator_dialogue owner() {
    coordinator_dialogue machine;
    machine.begin(goal::take_over);
    machine.coordinator_found();
    machine.answered(0, first);
    machine.answered(0);
    machine.answered(0);
    BOOST_REQUIRE((machine.answered(0) == verdict::done));
    return machine;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_identity)

BOOST_AUTO_TEST_CASE(a_take_over_ends_with_the_second_0_of_end_txn) {
    coordinator_dialogue machine;
    machine.begin(goal::take_over);
    BOOST_TEST((machine.next() == step::find_coordinator));
    BOOST_TEST(!machine.held());
    machine.coordinator_found();
    BOOST_TEST((machine.next() == step::init_producer));
    BOOST_TEST((machine.answered(0, first) == verdict::go_on));
    BOOST_TEST((machine.held() == first));
    BOOST_TEST((machine.next() == step::add_partition));
    BOOST_TEST((machine.answered(0) == verdict::go_on));
    BOOST_TEST((machine.next() == step::end_transaction));
    BOOST_TEST((machine.answered(0) == verdict::go_on));
    BOOST_TEST((machine.next() == step::end_transaction));
    BOOST_TEST((fails(machine, kafka_error::concurrent_transactions) == verdict::repeat_soon));
    BOOST_TEST((machine.next() == step::end_transaction));
    BOOST_TEST((machine.answered(0) == verdict::done));
}

BOOST_AUTO_TEST_CASE(a_proof_takes_no_new_epoch) {
    auto machine = owner();
    machine.begin(goal::prove);
    BOOST_TEST((machine.next() == step::add_partition));
    machine.answered(0);
    machine.answered(0);
    BOOST_TEST((machine.answered(0) == verdict::done));
    BOOST_TEST((machine.held() == first));
}

BOOST_AUTO_TEST_CASE(a_renewal_takes_the_next_epoch) {
    auto machine = owner();
    machine.begin(goal::renew);
    BOOST_TEST((machine.next() == step::init_producer));
    machine.answered(0, second);
    machine.answered(0);
    machine.answered(0);
    BOOST_TEST((machine.answered(0) == verdict::done));
    BOOST_TEST((machine.held() == second));
}

BOOST_AUTO_TEST_CASE(the_last_epochs_of_a_producer_id_only_fence_it) {
    const producer_identity last_written{.producer = producer_id{7},
                                         .epoch = coordinator_dialogue::written_max};
    const producer_identity next_id{.producer = producer_id{8}, .epoch = producer_epoch{0}};
    for (const auto what : {goal::take_over, goal::renew}) {
        auto machine = owner();
        machine.begin(what);
        machine.coordinator_found();
        for (auto epoch = last_written.epoch + 1; epoch.value() < 32'766; epoch = epoch + 1) {
            BOOST_TEST((machine.next() == step::init_producer));
            machine.answered(0, {.producer = producer_id{7}, .epoch = epoch});
            if (epoch != last_written.epoch + 1) continue;
            // Nothing of the id is written from now on: one barrier is enough.
            BOOST_TEST((machine.next() == step::add_partition));
            machine.answered(0);
            machine.answered(0);
            BOOST_TEST((machine.answered(0) == verdict::go_on));
        }
        BOOST_TEST((machine.answered(0, next_id) == verdict::go_on));
        BOOST_TEST((machine.next() == step::add_partition));
        machine.answered(0);
        machine.answered(0);
        BOOST_TEST((machine.answered(0) == verdict::done));
        BOOST_TEST((machine.held() == next_id));
    }
    auto machine = owner();
    machine.begin(goal::renew);
    machine.answered(0, last_written);
    machine.answered(0);
    machine.answered(0);
    BOOST_TEST((machine.answered(0) == verdict::done));
}

BOOST_AUTO_TEST_CASE(whoever_is_fenced_awaits_a_marker_that_comes) {
    const auto awaited = [](int epoch) {
        return coordinator_dialogue::fenced_from(
            {.producer = producer_id{7},
             .epoch = producer_epoch{static_cast<std::int16_t>(epoch)}});
    };
    BOOST_TEST((awaited(5) == producer_epoch{6}));
    // Under 32,766 nothing was written, and the next instance gets another producer id.
    BOOST_TEST((awaited(32'766) == awaited(coordinator_dialogue::written_max.value())));
    BOOST_TEST((awaited(32'766) <= producer_epoch{32'766}));
}

BOOST_AUTO_TEST_CASE(a_newer_epoch_anywhere_means_lost) {
    for (const auto error : {kafka_error::producer_fenced, kafka_error::invalid_producer_epoch,
                             kafka_error::invalid_producer_id_mapping}) {
        auto at_renewal = owner();
        at_renewal.begin(goal::renew);
        BOOST_TEST((fails(at_renewal, error) == verdict::lost));
        auto at_proof = owner();
        at_proof.begin(goal::prove);
        BOOST_TEST((fails(at_proof, error) == verdict::lost));
        auto at_end = owner();
        at_end.begin(goal::prove);
        at_end.answered(0);
        BOOST_TEST((fails(at_end, error) == verdict::lost));
    }
}

BOOST_AUTO_TEST_CASE(two_that_take_over_at_once_do_not_give_up_at_the_first_step) {
    coordinator_dialogue machine;
    machine.begin(goal::take_over);
    machine.coordinator_found();
    BOOST_TEST((fails(machine, kafka_error::producer_fenced) == verdict::repeat_later));
    BOOST_TEST((machine.next() == step::init_producer));
}

BOOST_AUTO_TEST_CASE(the_coordinator_moves_and_the_step_is_repeated_there) {
    auto machine = owner();
    machine.begin(goal::prove);
    machine.answered(0);
    BOOST_TEST((fails(machine, kafka_error::not_coordinator) == verdict::repeat_later));
    BOOST_TEST((machine.next() == step::find_coordinator));
    machine.coordinator_found();
    BOOST_TEST((machine.next() == step::end_transaction));
    machine.connection_lost();
    BOOST_TEST((machine.next() == step::find_coordinator));
}

BOOST_AUTO_TEST_CASE(a_transaction_that_is_gone_is_begun_again) {
    auto machine = owner();
    machine.begin(goal::prove);
    machine.answered(0);
    machine.answered(0);
    BOOST_TEST((fails(machine, kafka_error::invalid_txn_state) == verdict::repeat_later));
    BOOST_TEST((machine.next() == step::add_partition));
    machine.answered(0);
    machine.answered(0);
    BOOST_TEST((machine.next() == step::end_transaction));
    BOOST_TEST((machine.answered(0) == verdict::done));
}

BOOST_AUTO_TEST_CASE(a_shorter_timeout_is_tried_where_the_broker_allows_no_more) {
    coordinator_dialogue machine;
    machine.begin(goal::take_over);
    machine.coordinator_found();
    const auto before = machine.transaction_timeout();
    BOOST_TEST((fails(machine, kafka_error::invalid_transaction_timeout) == verdict::repeat_soon));
    BOOST_TEST((machine.transaction_timeout() < before));
    while (fails(machine, kafka_error::invalid_transaction_timeout) == verdict::repeat_soon) {
    }
    BOOST_TEST((machine.transaction_timeout() >= std::chrono::milliseconds{1'000}));
}

BOOST_AUTO_TEST_CASE(missing_rights_are_nothing_that_time_heals) {
    coordinator_dialogue machine;
    machine.begin(goal::take_over);
    machine.coordinator_found();
    BOOST_TEST(
        (fails(machine, kafka_error::transactional_id_authorization_failed) == verdict::refused));
    BOOST_TEST(
        (fails(machine, kafka_error::coordinator_load_in_progress) == verdict::repeat_later));
}

BOOST_AUTO_TEST_SUITE_END()
