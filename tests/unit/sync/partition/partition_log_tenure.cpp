// A partition whose ownership is shared: tenures, what is given to the owner, and reads as far as he
// says.

#include "tests/unit/sync/partition/partition_log_bench.hpp"

#include <boost/asio/post.hpp>

#include <deque>
#include <optional>

namespace bkes::sync::test {

namespace {

/// The other instances: they take everything, and say what the test tells them to.
struct scripted_peers final : peers {
    void forward(boost::asio::io_context&, bytes_view, partition_id, append_job job) override {
        forwarded.push_back(std::move(job));
    }

    void ours(boost::asio::io_context&, bytes_view, partition_id) override { ++tenures; }

    void ask_position(boost::asio::io_context& context, bytes_view, partition_id,
                      reach_handler done) override {
        ++questions;
        boost::asio::post(context, [this, done = std::move(done)]() mutable { done(position); });
    }

    [[nodiscard]] bool has_owner(bytes_view, partition_id) const override { return is_owned; }

    [[nodiscard]] std::optional<partition_id> home_of_new_key(bytes_view,
                                                              bytes_view key) const override {
        return partition_id{key.starts_with("elsewhere") ? 1 : 0};
    }

    std::deque<append_job> forwarded;
    int tenures = 0;
    int questions = 0;
    bool is_owned = true;
    std::optional<log_reach> position;
};

struct sharing {
    scripted_peers instances;
};

struct shared_bench : sharing, partition_bench {
    shared_bench() : partition_bench{boot_clock::now, &instances} {}

    void lose() {
        kafka.coordinator().taken_over_by_another();
        run_until([this] { return log->status().state == partition_state::followed; });
    }

    void regain() {
        log->seen_as_ours(boot_clock::now());
        run_until([this] { return log->status().state == partition_state::ready; });
    }

    /// Until everything that was posted has run.
    void settle() {
        bool has_run = false;
        boost::asio::post(context, [&] { boost::asio::post(context, [&] { has_run = true; }); });
        run_until([&] { return has_run; });
    }

    [[nodiscard]] bool may_read(read_moment began) const {
        const auto now_readable = log->readable();
        return now_readable && began <= now_readable->began_until;
    }
};

bytes record_of_producer(bytes_view key, bytes_view order, std::int32_t sequence) {
    auto batch = one_record(key, order);
    protocol::stamp_batch(batch, {.producer = producer_id{77},
                                  .epoch = producer_epoch{0},
                                  .base_sequence = sequence_number{sequence}});
    return batch;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync_partition_log_tenure, shared_bench)

BOOST_AUTO_TEST_CASE(what_is_taken_over_by_another_is_followed_and_given_to_him) {
    append_and_wait("k", "0");
    lose();
    const auto before = kafka.records();
    append("k", "1");
    run_until([this] { return instances.forwarded.size() == 1; });
    BOOST_TEST(instances.forwarded.front().records == one_record("k", "1"));
    BOOST_TEST(!instances.forwarded.front().is_forwarded);
    BOOST_TEST(kafka.records() == before);
    kafka.append_foreign(one_record("k", "1"));
    run_until([this] { return next_order("k") == 2; });
    BOOST_TEST(log->counts().foreign_records.value() == 0U);
}

BOOST_AUTO_TEST_CASE(an_append_under_way_at_a_take_over_is_given_to_the_new_owner) {
    append_and_wait("k", "0");
    kafka.before_produce = [](scripted_partition& partition) {
        partition.before_produce = [](scripted_partition&) {};
        partition.coordinator().taken_over_by_another();
    };
    append("k", "1");
    run_until([this] { return instances.forwarded.size() == 1; });
    BOOST_TEST(instances.forwarded.front().records == one_record("k", "1"));
    BOOST_TEST(answers.size() == 1U);
    BOOST_TEST(kafka.records() == 1U);
}

BOOST_AUTO_TEST_CASE(what_another_instance_forwarded_is_never_forwarded_on) {
    lose();
    append_batch(one_record("k", "0"), true);
    run_until([this] { return answers.size() == 1; });
    BOOST_TEST((answers.front().outcome == append_result::not_owner));
    BOOST_TEST(instances.forwarded.empty());
}

BOOST_AUTO_TEST_CASE(whoever_was_fenced_waits_for_a_later_look_at_the_group) {
    const auto early = boot_clock::now();
    const auto tenures = instances.tenures;
    lose();
    log->assigned();
    log->seen_as_ours(early);
    settle();
    BOOST_TEST(instances.tenures == tenures);
    regain();
    BOOST_TEST(instances.tenures == tenures + 1);
    BOOST_TEST((append_and_wait("k", "0").outcome == append_result::written));
}

BOOST_AUTO_TEST_CASE(what_was_revoked_is_kept_until_somebody_takes_it) {
    const auto early = boot_clock::now();
    log->revoked();
    settle();
    BOOST_TEST((append_and_wait("k", "0").outcome == append_result::written));
    lose();
    log->seen_as_ours(early);
    settle();
    BOOST_TEST((log->status().state == partition_state::followed));
    regain();
}

BOOST_AUTO_TEST_CASE(a_tenure_knows_nothing_of_the_producers_of_the_one_before) {
    append_batch(record_of_producer("k", "0", 0));
    run_until([this] { return answers.size() == 1; });
    lose();
    // The other owner took sequences 1 to 4.
    regain();
    append_batch(record_of_producer("k", "1", 5));
    run_until([this] { return answers.size() == 2; });
    BOOST_TEST((answers.back().outcome == append_result::written));
}

BOOST_AUTO_TEST_CASE(nobody_has_it_and_it_is_held) {
    instances.is_owned = false;
    kafka.coordinator().taken_over_by_another();
    run_until([this] { return log->status().state == partition_state::held; });
    instances.is_owned = true;
    log->owner_changed();
    run_until([this] { return log->status().state == partition_state::followed; });
}

BOOST_AUTO_TEST_CASE(a_read_waits_for_what_the_owner_had_after_it_began) {
    append_and_wait("k", "0");
    lose();
    const auto began = steady_clock::now();
    BOOST_TEST(!may_read(began));
    instances.position = {.next_offset = log_offset{kafka.end() + 1}};
    log->want_proof(began);
    run_until([this] { return instances.questions == 1; });
    settle();
    BOOST_TEST(!may_read(began));  // the store hasn't that much
    kafka.append_foreign(one_record("k", "1"));
    run_until([this, began] { return may_read(began); });
    BOOST_TEST(next_order("k") == 2);
    BOOST_TEST(!may_read(steady_clock::now()));  // for what begins now he is asked again
    BOOST_TEST(instances.questions == 1);
}

BOOST_AUTO_TEST_CASE(a_read_waits_until_what_an_election_took_is_gone) {
    append_and_wait("k", "0");
    lose();
    const auto end = log->reach();
    BOOST_TEST(end.epoch.value() == 0);
    // The owner has what a new leader got in that place, of whom this instance hasn't heard.
    const log_reach said{.next_offset = end.next_offset, .epoch = leader_epoch{1}};
    instances.position = said;
    const auto began = steady_clock::now();
    log->want_proof(began);
    run_until([this] { return instances.questions == 1; });
    settle();
    BOOST_TEST(!may_read(began));
    kafka.elect_uncleanly(0);
    while (kafka.end() < said.next_offset.value()) {
        kafka.append_foreign(one_record("other", ""));
    }
    run_until([this, began] { return may_read(began); });
    BOOST_TEST((log->reach() == said));
    BOOST_TEST(next_order("k") == 0);
}

BOOST_AUTO_TEST_CASE(an_owner_who_says_nothing_is_asked_again) {
    lose();
    const auto began = steady_clock::now();
    log->want_proof(began);
    run_until([this] { return instances.questions == 2; });
    instances.position = {.next_offset = log_offset{0}};
    run_until([this, began] { return may_read(began); });
}

BOOST_AUTO_TEST_CASE(a_read_waits_for_what_was_sent_before_it_began) {
    append_and_wait("k", "0");
    kafka.faults = {fault::close_after};
    append("k", "1");
    run_until([this] { return kafka.records() == 2; });
    // Whoever follows the log may have shown it.
    const auto began = steady_clock::now();
    const auto may_read_of = [&](bytes_view key, read_moment moment) {
        const auto now_readable = log->readable(key);
        return now_readable && moment <= now_readable->began_until;
    };
    BOOST_TEST(!may_read_of("k", began));
    run_until([&] { return may_read_of("k", began); });
    BOOST_TEST(next_order("k") == 2);
}

BOOST_AUTO_TEST_CASE(a_new_key_has_the_home_that_all_agree_on) {
    std::optional<partition_id> redirected_to;
    around.redirect = [&](bytes_view, partition_id home, append_job) {
        redirected_to = home;
        return false;
    };
    BOOST_TEST((append_and_wait("here", "0").outcome == append_result::written));
    append_and_wait("elsewhere", "0");
    BOOST_REQUIRE(redirected_to);
    BOOST_TEST(redirected_to->value() == 1);
    BOOST_TEST(kafka.records() == 1U);
    // Known keys stay where they are.
    kafka.append_foreign(one_record("elsewhere too", ""));
    run_until([this] { return next_order("elsewhere too") == 1; });
    BOOST_TEST((append_and_wait("elsewhere too", "1").outcome == append_result::written));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::sync::test
