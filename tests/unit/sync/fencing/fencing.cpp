#include "sync/fencing/fencing.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <vector>

namespace {

using namespace bkes;
using namespace bkes::sync;
using namespace std::chrono_literals;
using enum fencing_action;
using actions = std::vector<fencing_action>;

constexpr boot_clock::time_point start{100h};

producer_identity epoch(int number) {
    return {producer_id{7}, producer_epoch{static_cast<std::int16_t>(number)}};
}

/// A machine, with the answers it may get.
struct bench {
    bench() { begin(); }

    explicit bench(const fencing_options& settings) : machine{settings} { begin(); }

    void begin() {
        machine.start();
        take();
    }

    actions take() {
        actions all;
        while (const auto one = machine.take_action()) {
            all.push_back(*one);
        }
        return all;
    }

    void connect() {
        machine.tick(now);
        machine.connected();
        machine.compared(log_agreement::agrees, now);
        take();
    }

    /// The coordinator gives this identity, if one is asked for, and the marker is written.
    void coordinator_agrees(producer_identity given, bool is_log_empty = false) {
        auto& dialogue = machine.dialogue();
        dialogue.connection_lost();
        dialogue.coordinator_found();
        while (dialogue.answered(0, given) == coordinator_dialogue::verdict::go_on) {
        }
        machine.coordinator_done(coordinator_outcome::reached, is_log_empty, now);
    }

    void read_marker(producer_identity marker) {
        machine.marker_read(marker, now);
        machine.log_stored(now);
    }

    /// From the start to an owner that writes.
    void take_over(int number = 0) {
        connect();
        coordinator_agrees(epoch(number));
        read_marker(epoch(number));
        now += 1s;
        machine.tick(now);
        take();
        BOOST_TEST_REQUIRE(machine.may_write());
    }

    void connect_again() {
        now += 2s;
        connect();
    }

    boot_clock::time_point now = start;
    fencing machine{fencing_options{}};
};

bool contains(const actions& all, fencing_action one) {
    return std::ranges::find(all, one) != all.end();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_fencing)

BOOST_AUTO_TEST_CASE(writes_after_marker_and_lease) {
    bench b;
    b.connect();
    BOOST_TEST((b.machine.dialogue().wanted() == coordinator_dialogue::goal::take_over));
    b.coordinator_agrees(epoch(3));
    BOOST_TEST(contains(b.take(), took_over));
    b.read_marker(epoch(3));
    BOOST_TEST((b.take() == actions{nothing_else_is_written}));
    b.now += 999ms;
    b.machine.tick(b.now);
    BOOST_TEST(!b.machine.may_write());
    BOOST_TEST((b.machine.next_tick() == start + 1s));
    b.now = start + 1s;
    b.machine.tick(b.now);
    BOOST_TEST((b.take() == actions{allow_writes}));
    BOOST_TEST(b.machine.may_write());
}

BOOST_AUTO_TEST_CASE(the_lease_alone_is_not_enough) {
    bench b;
    b.connect();
    b.coordinator_agrees(epoch(3));
    b.read_marker(epoch(2));
    b.now += 1h;
    b.machine.tick(b.now);
    BOOST_TEST(!b.machine.may_write());
}

BOOST_AUTO_TEST_CASE(nobody_was_before_the_first_one) {
    bench b;
    b.connect();
    b.coordinator_agrees(epoch(0), true);
    b.read_marker(epoch(0));
    BOOST_TEST(b.machine.may_write());
}

BOOST_AUTO_TEST_CASE(a_new_connection_is_proved_first_and_waits_for_no_lease) {
    bench b;
    b.take_over();
    b.machine.attempt_failed(b.now);
    BOOST_TEST((b.take() == actions{give_up_connection, stop_writes}));
    b.connect_again();
    BOOST_TEST((b.machine.dialogue().wanted() == coordinator_dialogue::goal::prove));
    BOOST_TEST(!b.machine.may_write());
    b.coordinator_agrees(epoch(0));
    BOOST_TEST(b.machine.may_write());
}

BOOST_AUTO_TEST_CASE(what_is_undecided_takes_a_new_epoch) {
    bench b;
    b.take_over();
    b.machine.undecided(b.now);
    b.connect_again();
    BOOST_TEST((b.machine.dialogue().wanted() == coordinator_dialogue::goal::renew));
    b.coordinator_agrees(epoch(1));
    BOOST_TEST(!b.machine.may_write());
    b.take();
    b.read_marker(epoch(1));
    BOOST_TEST((b.take() == actions{nothing_else_is_written, allow_writes}));
}

BOOST_AUTO_TEST_CASE(a_leader_that_lacks_something_is_not_written_to) {
    bench b;
    b.take_over();
    b.machine.reconnect(b.now);
    b.now += 2s;
    b.machine.tick(b.now);
    b.machine.connected();
    b.take();
    b.machine.compared(log_agreement::lacks_some, b.now);
    BOOST_TEST((b.take() == actions{give_up_connection, read_log_to_end}));
    BOOST_TEST((b.machine.phase() == fencing_phase::resting));
}

BOOST_AUTO_TEST_CASE(an_election_that_takes_the_fence_lets_a_predecessor_prove_itself_again) {
    bench b;
    b.take_over(1);
    b.machine.log_cut(b.now);
    b.connect_again();
    b.coordinator_agrees(epoch(2));
    b.read_marker(epoch(2));
    BOOST_TEST(!b.machine.may_write());
    b.now += 1s;
    b.machine.tick(b.now);
    BOOST_TEST(b.machine.may_write());
}

BOOST_AUTO_TEST_CASE(another_epoch_in_the_log_is_asked_about) {
    bench b;
    b.take_over();
    b.read_marker(epoch(1));
    BOOST_TEST((b.take() == actions{ask_coordinator}));
    b.machine.coordinator_done(coordinator_outcome::lost, false, b.now);
    // The marker that fences was read already, so what is under way is decided at once.
    BOOST_TEST((b.take() == actions{give_up_connection, stop_writes, say_lost, read_log_to_end,
                                    nothing_else_is_written}));
    BOOST_TEST((b.machine.phase() == fencing_phase::lost));
}

BOOST_AUTO_TEST_CASE(a_marker_that_is_read_while_a_proof_is_on_its_way) {
    bench b;
    b.take_over();
    b.machine.reconnect(b.now);
    b.connect_again();
    b.read_marker(epoch(1));
    b.coordinator_agrees(epoch(0));
    BOOST_TEST(!b.machine.may_write());
    BOOST_TEST(contains(b.take(), ask_coordinator));
    BOOST_TEST((b.machine.next_tick() > b.now));  // there is nothing to wait for but the answer
}

BOOST_AUTO_TEST_CASE(lost_is_for_good) {
    bench b;
    b.take_over();
    b.machine.reconnect(b.now);
    b.connect_again();
    b.machine.coordinator_done(coordinator_outcome::lost, false, b.now);
    BOOST_TEST(!contains(b.take(), nothing_else_is_written));
    b.now += 1h;
    b.machine.tick(b.now);
    b.machine.hurry();
    b.machine.want_proof();
    b.machine.reconnect(b.now);
    BOOST_TEST(b.take().empty());
    b.read_marker(epoch(1));
    BOOST_TEST((b.take() == actions{nothing_else_is_written}));
}

BOOST_AUTO_TEST_CASE(who_lost_decides_by_a_fence_of_its_own_if_nobody_else_does) {
    bench b;
    b.take_over();
    b.machine.take_over_again();
    BOOST_TEST(b.take().empty());
    b.machine.reconnect(b.now);
    b.connect_again();
    b.machine.coordinator_done(coordinator_outcome::lost, false, b.now);
    b.take();
    b.machine.take_over_again();
    b.machine.take_over_again();
    BOOST_TEST((b.take() == actions{connect}));
    b.machine.connected();
    b.machine.compared(log_agreement::agrees, b.now);
    BOOST_TEST((b.machine.dialogue().wanted() == coordinator_dialogue::goal::take_over));
    b.coordinator_agrees(epoch(2));
    BOOST_TEST(!contains(b.take(), nothing_else_is_written));
    b.read_marker(epoch(2));
    BOOST_TEST(contains(b.take(), nothing_else_is_written));
    BOOST_TEST(!b.machine.may_write());  // the one between may still answer
}

BOOST_AUTO_TEST_CASE(who_lost_has_nothing_to_decide_behind_the_fence) {
    bench b;
    b.take_over();
    b.read_marker(epoch(1));
    b.machine.coordinator_done(coordinator_outcome::lost, false, b.now);
    b.take();
    b.machine.take_over_again();
    BOOST_TEST(b.take().empty());
}

BOOST_AUTO_TEST_CASE(an_old_proof_is_not_enough_for_a_batch) {
    bench b{{.producer_expiry = 40min}};
    b.take_over();
    b.now += 20min - 1s;
    BOOST_TEST(b.machine.may_send(b.now));
    b.now += 2s;
    BOOST_TEST(!b.machine.may_send(b.now));
    BOOST_TEST((b.take() == actions{give_up_connection, stop_writes}));
    // What was sent before wouldn't be recognised if it were sent again.
    b.connect_again();
    BOOST_TEST((b.machine.dialogue().wanted() == coordinator_dialogue::goal::renew));
}

BOOST_AUTO_TEST_CASE(a_heartbeat_keeps_the_brokers_memory) {
    bench b{{.producer_expiry = 40min}};
    b.take_over();
    BOOST_TEST((b.machine.next_tick() == start + 10min));
    b.now = start + 10min;
    b.machine.tick(b.now);
    BOOST_TEST((b.take() == actions{ask_coordinator}));
    b.coordinator_agrees(epoch(0));
    BOOST_TEST(b.machine.may_write());
    BOOST_TEST((b.machine.next_tick() == start + 20min));
}

BOOST_AUTO_TEST_CASE(old_records_hasten_the_heartbeat) {
    bench b;
    b.take_over();
    BOOST_TEST(b.machine.is_forgettable(7h));
    BOOST_TEST(!b.machine.is_forgettable(5h));
    b.machine.written(b.now, true, b.now);
    BOOST_TEST((b.machine.next_tick() == b.now + 1s));
}

BOOST_AUTO_TEST_CASE(a_quiet_end_is_made_good_and_an_append_ends_the_pause) {
    bench b;
    b.take_over();
    for (int ends = 0; ends < 20; ++ends) {
        b.machine.connection_ended(true, b.now);
        b.now = b.machine.next_tick();
        b.connect();
        b.coordinator_agrees(epoch(0));
        b.take();
    }
    b.machine.connection_ended(true, b.now);
    BOOST_TEST((b.machine.next_tick() - b.now == 1min));
    b.take();
    b.machine.hurry();
    b.machine.tick(b.now);
    BOOST_TEST((b.take() == actions{connect}));
}

BOOST_AUTO_TEST_CASE(an_append_does_not_end_a_pause_after_a_failure) {
    bench b;
    b.take_over();
    b.machine.attempt_failed(b.now);
    b.take();
    b.machine.hurry();
    b.machine.tick(b.now);
    BOOST_TEST(b.take().empty());
    BOOST_TEST((b.machine.next_tick() - b.now == 100ms));
}

BOOST_AUTO_TEST_CASE(probes_prove_from_when_they_were_asked) {
    bench b;
    b.take_over();
    b.machine.want_proof();
    b.machine.want_proof();
    BOOST_TEST((b.take() == actions{probe_leader}));
    const auto asked_at = b.now;
    b.now += 700ms;
    b.machine.probed(probe_finding::owned, asked_at, b.now);
    BOOST_TEST((b.take() == actions{proof_is_younger}));
    BOOST_TEST((b.machine.proven_at() == asked_at));
    b.machine.want_proof();
    b.take();
    b.machine.probed(probe_finding::doubtful, b.now, b.now);
    BOOST_TEST((b.take() == actions{ask_coordinator}));
}

BOOST_AUTO_TEST_CASE(an_answer_that_comes_after_the_connection_was_given_up) {
    bench b;
    b.connect();
    b.machine.reconnect(b.now);
    b.take();
    b.machine.coordinator_done(coordinator_outcome::reached, false, b.now);
    BOOST_TEST(b.take().empty());
    BOOST_TEST((b.machine.phase() == fencing_phase::resting));
}

BOOST_AUTO_TEST_CASE(stopped_means_quiet) {
    bench b;
    b.take_over();
    b.machine.stop();
    BOOST_TEST((b.take() == actions{give_up_connection, stop_writes}));
    b.now += 24h;
    b.machine.tick(b.now);
    b.machine.want_proof();
    b.machine.attempt_failed(b.now);
    BOOST_TEST(b.take().empty());
}

BOOST_AUTO_TEST_SUITE_END()
