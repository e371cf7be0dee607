// Contract section 3, `misplaced`, and section 4: appends whose keys live in another partition.

#include "tests/unit/sync/sequencer/sequencer_bench.hpp"

namespace bkes::tests {

namespace {

constexpr partition_id elsewhere{1};

struct redirect_bench : sequencer_bench {
    redirect_bench() : sequencer_bench{5} {
        heads.add("k", elsewhere, log_offset{0});
        heads.add("l", elsewhere, log_offset{1});
        heads.add("m", partition_id{2}, log_offset{0});
    }

    append_id ask(std::vector<sync::judged_event> records,
                  std::optional<sync::producer_sequence> producer = {}) {
        return submit(sync::append{.records = std::move(records),
                                   .sequence = producer,
                                   .size_bytes = 100,
                                   .memory_bytes = 100,
                                   .may_be_redirected = true});
    }

    /// What the last turn redirected.
    std::vector<sync::redirected_append> redirected() {
        auto done = machine.take_actions(all_batches);
        for (const auto& reply : done.answers) answers.emplace(reply.id, reply);
        for (const auto& batch : done.sends) {
            sent[batch.id] = batch.appends;
            last = batch.id;
        }
        return done.redirects;
    }

    void home_says(append_id id, append_outcome outcome) {
        machine.redirect_ended(id, {.outcome = outcome, .base_offset = log_offset{77}});
        take();
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_sequencer_redirects)

BOOST_AUTO_TEST_CASE(goes_where_all_its_keys_live) {
    redirect_bench b;
    const auto a = b.ask({event("k", 1), {}, event("l", 1), event("k", 2)});
    const auto away = b.redirected();
    BOOST_TEST_REQUIRE(away.size() == 1U);
    BOOST_TEST(away[0].id.value() == a.value());
    BOOST_TEST(away[0].home.value() == 1);
    BOOST_TEST(b.machine.counts().waiting_appends == 0U);
    BOOST_TEST(b.machine.counts().redirected_appends == 1U);
    BOOST_TEST(!b.answered(a));
    b.home_says(a, append_outcome::written);
    BOOST_TEST(b.outcome(a) == append_outcome::written);
    BOOST_TEST(b.answers.at(a).base_offset.value() == -1);
    BOOST_TEST(b.released.contains(a));
    BOOST_TEST(b.machine.counts().redirected_appends == 0U);
}

BOOST_AUTO_TEST_CASE(keys_of_several_homes_are_refused) {
    redirect_bench b;
    for (const auto* other : {"m", "new"}) {
        const auto first = b.ask({event("k", 1), event(other, 0)});
        const auto second = b.ask({event(other, order_condition::any()), event("k", 1)});
        BOOST_TEST(b.redirected().empty());
        BOOST_TEST(b.outcome(first) == append_outcome::wrong_partition);
        BOOST_TEST(b.answers.at(first).record_index == 0);
        BOOST_TEST(b.outcome(second) == append_outcome::wrong_partition);
    }
}

BOOST_AUTO_TEST_CASE(takes_its_turn_among_the_sequences_of_its_producer) {
    redirect_bench b;
    const auto before = b.ask({event("x", 0)}, sequence(1, 0, 0));
    const auto away = b.ask({event("k", 1)}, sequence(1, 0, 1));
    const auto behind = b.ask({event("y", 0)}, sequence(1, 0, 2));
    BOOST_TEST(b.redirected().empty(), "the one before it isn't decided");
    b.ack_and_store();
    BOOST_TEST(b.redirected().size() == 1U);
    BOOST_TEST(b.outcome(before) == append_outcome::written);
    BOOST_TEST(b.sent_now().empty(), "the one behind it waits for its outcome");
    b.machine.redirect_ended(away, {.outcome = append_outcome::written});
    BOOST_TEST(b.sent_now() == ids{behind.value()});
    b.ack_and_store();
    b.take();
    const auto again = b.ask({event("k", 1)}, sequence(1, 0, 1));
    b.take();
    BOOST_TEST(b.outcome(again) == append_outcome::duplicate);
    BOOST_TEST(b.answers.at(again).base_offset.value() == -1);
}

BOOST_AUTO_TEST_CASE(a_resend_joins_it_and_what_is_behind_a_refused_one_is_out_of_order) {
    redirect_bench b;
    const auto away = b.ask({event("k", 7)}, sequence(1, 0, 0));
    BOOST_TEST(b.redirected().size() == 1U);
    const auto again = b.ask({event("k", 7)}, sequence(1, 0, 0));
    const auto behind = b.ask({event("y", 0)}, sequence(1, 0, 1));
    b.take();
    b.home_says(away, append_outcome::order_conflict);
    BOOST_TEST(b.outcome(away) == append_outcome::order_conflict);
    BOOST_TEST(b.outcome(again) == append_outcome::order_conflict);
    BOOST_TEST((b.answers.at(again).of == away));
    BOOST_TEST(b.outcome(behind) == append_outcome::out_of_order_sequence);
}

BOOST_AUTO_TEST_CASE(a_newer_epoch_waits_for_it) {
    redirect_bench b;
    const auto old = b.ask({event("k", 1)}, sequence(1, 0, 0));
    BOOST_TEST(b.redirected().size() == 1U);
    const auto newer = b.ask({event("l", 1)}, sequence(1, 1, 0));
    BOOST_TEST(b.redirected().empty());
    b.machine.redirect_ended(old, {.outcome = append_outcome::order_conflict});
    const auto away = b.redirected();
    BOOST_TEST_REQUIRE(away.size() == 1U);
    BOOST_TEST(away[0].id.value() == newer.value());
    BOOST_TEST(b.outcome(old) == append_outcome::invalid_producer_epoch);
}

BOOST_AUTO_TEST_CASE(is_driven_to_its_end_whatever_its_client_does) {
    redirect_bench b;
    auto request = sync::append{.records = {event("k", 1)}, .may_be_redirected = true};
    request.hold_until = at(10);
    request.answer_until = at(20);
    const auto late = b.submit(request);
    const auto left = b.ask({event("k", 2)});
    BOOST_TEST(b.redirected().size() == 2U);
    b.machine.cancel(left);
    b.machine.expire(at(15));
    b.take();
    BOOST_TEST(!b.answered(late));
    b.machine.expire(at(20));
    b.take();
    BOOST_TEST(b.outcome(late) == append_outcome::timed_out);
    BOOST_TEST(b.machine.counts().redirected_appends == 2U);
    b.home_says(late, append_outcome::written);
    b.home_says(left, append_outcome::written);
    BOOST_TEST(b.released.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_home_that_has_moved_is_asked_for_again) {
    redirect_bench b;
    const auto a = b.ask({event("k", 1)});
    BOOST_TEST(b.redirected().size() == 1U);
    b.home_says(a, append_outcome::wrong_partition);
    BOOST_TEST(b.outcome(a) == append_outcome::not_ready);
}

BOOST_AUTO_TEST_CASE(a_log_that_is_cut_takes_the_memory_of_those_redirected_later) {
    redirect_bench b;
    b.ask({event("x", 0)}, sequence(1, 0, 0));
    BOOST_TEST(b.redirected().empty());
    b.ack_and_store();
    b.take();
    const auto away = b.ask({event("k", 1)}, sequence(1, 0, 1));
    BOOST_TEST(b.redirected().size() == 1U);
    b.home_says(away, append_outcome::written);
    b.heads.aggregates.erase("x");
    b.machine.truncated(log_offset{0});
    const auto again = b.ask({event("x", 0)}, sequence(1, 0, 0));
    BOOST_TEST(b.sent_now() == ids{again.value()});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::tests
