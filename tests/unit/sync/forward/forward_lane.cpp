#include "sync/forward/forward_lane.hpp"

#include "tests/support/io_fixture.hpp"
#include "tests/unit/sync/forward/scripted_owner.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace bkes;
using namespace bkes::sync;
using namespace std::chrono_literals;
using bkes::test::owner_does;
using bkes::test::scripted_owner;
using bkes::test::seen_forward;
using std::chrono::steady_clock;

using ids = std::vector<std::int64_t>;
using words = std::vector<std::string>;

/// "answered a", "returned b" and so on, by the records.
struct told_events final : forward_lane_events {
    void answered(forwarded_append append, append_answer answer) override {
        told.push_back("answered " + append.job.records);
        answers.push_back(std::move(answer));
    }

    void returned(forwarded_append append) override {
        told.push_back("returned " + append.job.records);
        last_returned = std::move(append);
    }

    void unknown(forwarded_append append) override {
        told.push_back("unknown " + append.job.records);
    }

    void gone(const std::string& instance) override {
        BOOST_TEST(instance == "owner");
        ++ends;
    }

    void doubted(const std::string& instance) override {
        BOOST_TEST(instance == "owner");
        ++doubts;
    }

    words told;
    std::vector<append_answer> answers;
    std::optional<forwarded_append> last_returned;
    int doubts = 0;
    int ends = 0;
};

struct fixture : bkes::test::io_fixture {
    fixture() : io_fixture{10s} {}

    scripted_owner owner{context,
                         [this](const seen_forward& seen, protocol::forward_response& response) {
                             return does(seen, response);
                         }};
    std::function<owner_does(const seen_forward&, protocol::forward_response&)> does =
        [](const seen_forward&, protocol::forward_response&) { return owner_does::answer; };
    told_events events;
    std::vector<std::optional<log_reach>> positions;
    std::shared_ptr<forward_lane> lane = std::make_shared<forward_lane>(
        context,
        broker_link_options{.host = "127.0.0.1", .port = owner.port(), .client_id = "test"},
        "owner", events);

    forwarded_append append(const std::string& records) {
        const auto now = steady_clock::now();
        return {.topic = "t",
                .partition = partition_id{3},
                .job = {.records = records,
                        .deadline = now + 60s,
                        .client = "client",
                        .session = {},
                        .answer_on = &context,
                        .done = {}},
                .hold_until = now + 30s};
    }

    void add(const std::string& records) { lane->add(append(records)); }

    void ask_position() {
        lane->ask_position("t", partition_id{3}, [this](std::optional<log_reach> position) {
            positions.push_back(position);
        });
    }

    void run_until_requests(std::size_t count) {
        run_until([&] { return owner.requests.size() >= count; });
    }

    void run_until_told(std::size_t count) {
        run_until([&] { return events.told.size() >= count; });
    }

    /// It has the first request, and says nothing.
    void add_held(const std::string& records) {
        does = [](const seen_forward&, protocol::forward_response&) { return owner_does::hold; };
        add(records);
        run_until_requests(1);
    }

    /// The outcomes of the request of each number, counted from 1; none of others.
    void tell_in_turn(std::vector<ids> outcomes) {
        does = [this, outcomes = std::move(outcomes)](const seen_forward&,
                                                      protocol::forward_response& response) {
            response.outcomes.clear();
            if (owner.requests.size() <= outcomes.size()) {
                for (const auto id : outcomes[owner.requests.size() - 1]) {
                    response.outcomes.push_back({.id = id, .base_offset = id});
                }
            }
            return owner_does::answer;
        };
    }

    /// The request of that number, and no other.
    void refuse(std::size_t number, std::int16_t error_code) {
        does = [this, number, error_code](const seen_forward&,
                                          protocol::forward_response& response) {
            if (owner.requests.size() == number) {
                response = {};
                response.error_code = error_code;
            }
            return owner_does::answer;
        };
    }

    void check_told(const words& expected) {
        BOOST_TEST(events.told == expected, boost::test_tools::per_element());
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync_forward_forward_lane, fixture)

BOOST_AUTO_TEST_CASE(appends_of_one_turn_go_in_one_request) {
    add("a");
    add("b");
    auto redirected = append("c");
    redirected.job.is_redirected = true;
    redirected.partition = partition_id{4};
    lane->add(std::move(redirected));
    run_until_told(3);
    check_told({"answered a", "answered b", "answered c"});
    BOOST_REQUIRE(owner.requests.size() == 1U);
    const auto& request = owner.requests.front();
    BOOST_TEST(request.owner_instance == "owner");
    BOOST_TEST(!request.forwarder.is_zero());
    BOOST_TEST(request.heard_up_to == 0);
    BOOST_TEST(request.ids() == (ids{1, 2, 3}), boost::test_tools::per_element());
    const auto& one = request.appends[0];
    BOOST_TEST(one.topic == "t");
    BOOST_TEST(one.partition == 3);
    BOOST_TEST(one.client == "client");
    BOOST_TEST(one.records == "a");
    BOOST_TEST(!one.is_redirected);
    BOOST_TEST(one.deadline_ms > 50'000);
    BOOST_TEST(one.deadline_ms <= 60'000);
    BOOST_TEST(request.appends[2].is_redirected);
    BOOST_TEST(request.appends[2].partition == 4);
    BOOST_TEST((events.answers[1].outcome == append_result::written));
    BOOST_TEST(events.answers[1].base_offset.value() == 2);
    BOOST_TEST(lane->is_empty());
    BOOST_TEST(events.doubts == 0);
}

BOOST_AUTO_TEST_CASE(outcomes_come_in_any_order) {
    tell_in_turn({{3}, {2}, {}, {1}});
    add("a");
    add("b");
    add("c");
    run_until_told(3);
    check_told({"answered c", "answered b", "answered a"});
    BOOST_REQUIRE(owner.requests.size() == 4U);
    for (std::size_t later = 1; later < 4; ++later) {  // they ask for what is missing
        BOOST_TEST(owner.requests[later].appends.empty());
        BOOST_TEST(owner.requests[later].heard_up_to == 0);
    }
}

BOOST_AUTO_TEST_CASE(tells_what_it_has_heard) {
    tell_in_turn({{1}, {3}, {2}, {4}});
    for (const auto* const records : {"a", "b", "c"}) {
        add(records);
    }
    run_until_told(3);
    add("d");
    run_until_told(4);
    BOOST_REQUIRE(owner.requests.size() == 4U);
    BOOST_TEST(owner.requests[1].heard_up_to == 1);
    BOOST_TEST(owner.requests[2].heard_up_to == 1);  // 2 is missing
    BOOST_TEST(owner.requests[3].heard_up_to == 3);
}

BOOST_AUTO_TEST_CASE(one_that_is_held_holds_up_no_other) {
    add_held("a");
    tell_in_turn({{}, {2}, {1}});
    add("b");
    run_until_told(2);
    check_told({"answered b", "answered a"});
    BOOST_TEST(owner.requests[1].ids() == ids{2}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_outcome_of_what_nobody_waits_for_is_left_alone) {
    tell_in_turn({{99, 1, 1}});
    add("a");
    run_until_told(1);
    check_told({"answered a"});
}

BOOST_AUTO_TEST_CASE(much_goes_in_several_requests) {
    const std::string large(std::size_t{3} << 20U, 'x');
    for (int n = 0; n < 3; ++n) {
        add(large);
    }
    run_until_told(3);
    BOOST_REQUIRE(owner.requests.size() >= 2U);
    BOOST_TEST(owner.requests[0].ids() == (ids{1, 2}), boost::test_tools::per_element());
    BOOST_TEST(owner.requests[1].ids() == ids{3}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(after_a_lost_connection_the_same_ids_come_again) {
    does = [this](const seen_forward&, protocol::forward_response&) {
        return owner.requests.size() == 1 ? owner_does::close : owner_does::answer;
    };
    add("a");
    add("b");
    run_until_told(2);
    check_told({"answered a", "answered b"});
    BOOST_REQUIRE(owner.requests.size() == 2U);
    BOOST_TEST(owner.connections() == 2);
    BOOST_TEST((owner.requests[0].forwarder == owner.requests[1].forwarder));
    BOOST_TEST(owner.requests[1].ids() == (ids{1, 2}), boost::test_tools::per_element());
    BOOST_TEST(owner.requests[1].appends[1].records == "b");
    BOOST_TEST(events.doubts == 1);
}

BOOST_AUTO_TEST_CASE(and_with_them_what_was_added_meanwhile) {
    does = [this](const seen_forward&, protocol::forward_response&) {
        if (owner.requests.size() == 1) {
            add("b");
            return owner_does::close;
        }
        return owner_does::answer;
    };
    add("a");
    run_until_told(2);
    check_told({"answered a", "answered b"});
    BOOST_TEST(owner.requests[1].ids() == (ids{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(each_lane_has_a_name_of_its_own) {
    add("a");
    run_until_told(1);
    const auto other = std::make_shared<forward_lane>(
        context,
        broker_link_options{.host = "127.0.0.1", .port = owner.port(), .client_id = "test"},
        "owner", events);
    other->add(append("b"));
    run_until_told(2);
    BOOST_TEST((owner.requests[0].forwarder != owner.requests[1].forwarder));
}

BOOST_AUTO_TEST_CASE(another_process_has_nothing_of_what_it_refuses) {
    refuse(1, 6);
    add("a");
    add("b");
    run_until_told(2);
    check_told({"returned a", "returned b"});
    BOOST_TEST(events.last_returned->topic == "t");
    BOOST_TEST(events.last_returned->partition.value() == 3);
    BOOST_TEST(lane->is_empty());
    BOOST_TEST(events.doubts == 1);
}

BOOST_AUTO_TEST_CASE(and_knows_nothing_of_what_the_one_before_it_began) {
    add_held("a");
    refuse(2, 6);
    add("b");
    run_until_told(2);
    check_told({"returned b", "unknown a"});
    BOOST_TEST(lane->is_empty());
}

BOOST_AUTO_TEST_CASE(what_was_sent_over_a_lost_connection_may_have_been_begun) {
    does = [this](const seen_forward&, protocol::forward_response& response) {
        response = {};
        response.error_code = 6;
        return owner.requests.size() == 1 ? owner_does::close : owner_does::answer;
    };
    add("a");
    run_until_told(1);
    check_told({"unknown a"});
}

// Rights, or too much of something: what was begun before comes to its end.
BOOST_AUTO_TEST_CASE(after_another_refusal_what_was_begun_before_is_asked_for) {
    constexpr std::int16_t topic_authorization_failed = 29;
    add_held("a");
    does = [this](const seen_forward&, protocol::forward_response& response) {
        if (owner.requests.size() == 2) {
            response = {};
            response.error_code = topic_authorization_failed;
        } else {
            response.outcomes.push_back({.id = 1, .base_offset = 1});
        }
        return owner_does::answer;
    };
    add("b");
    run_until_told(2);
    check_told({"returned b", "answered a"});
}

BOOST_AUTO_TEST_CASE(what_the_owner_does_not_own_is_returned) {
    does = [](const seen_forward&, protocol::forward_response& response) {
        constexpr std::int8_t not_owner = 8;
        response.outcomes[1].outcome = not_owner;
        return owner_does::answer;
    };
    add("a");
    add("b");
    run_until_told(2);
    check_told({"answered a", "returned b"});
    BOOST_TEST(events.doubts == 1);
}

BOOST_AUTO_TEST_CASE(a_process_that_is_gone_is_given_up_when_it_is_cut_off) {
    add_held("a");
    lane->give_up_if_cut_off();
    check_told({});
    owner.stop();
    run_until([this] { return events.doubts > 0; });
    add("b");
    lane->give_up_if_cut_off();
    check_told({"unknown a", "returned b"});
    BOOST_TEST(lane->is_empty());
}

BOOST_AUTO_TEST_CASE(a_process_that_was_never_reached_has_nothing) {
    owner.stop();
    add("a");
    ask_position();
    run_until([this] { return events.doubts > 0; });
    lane->give_up_if_cut_off();
    check_told({"returned a"});
    BOOST_REQUIRE(positions.size() == 1U);
    BOOST_TEST(!positions.front().has_value());
}

BOOST_AUTO_TEST_CASE(stopped_it_tells_what_it_has_at_once) {
    add_held("a");
    add("b");
    ask_position();
    lane->stop();
    check_told({"unknown a", "returned b"});
    BOOST_TEST(positions.size() == 1U);
    const auto requests = owner.requests.size();
    add("c");
    context.poll();
    BOOST_TEST(owner.requests.size() == requests);
}

BOOST_AUTO_TEST_CASE(what_was_never_sent_waits_as_long_as_it_may) {
    owner.stop();
    auto patient = append("a");
    patient.hold_until += 10s;
    const auto end = patient.hold_until;
    lane->add(std::move(patient));
    add("b");
    lane->expire(end - 15s);
    check_told({});
    lane->expire(end - 5s);
    check_told({"returned b"});
    lane->expire(end + 1s);
    check_told({"returned b", "returned a"});
}

BOOST_AUTO_TEST_CASE(what_was_sent_waits_for_its_answer_until_its_deadline_and_a_little_longer) {
    auto redirected = append("a");
    redirected.job.is_redirected = true;
    auto sent = append("b");
    const auto end = sent.job.deadline;
    does = [](const seen_forward&, protocol::forward_response&) { return owner_does::hold; };
    lane->add(std::move(redirected));
    lane->add(std::move(sent));
    run_until_requests(1);
    lane->expire(end);
    check_told({});
    lane->expire(end + 1h);
    check_told({"unknown b"});  // the other one is driven to its end
    BOOST_TEST(!lane->is_empty());
}

BOOST_AUTO_TEST_CASE(only_what_was_never_sent_is_given_back) {
    add_held("a");
    add("b");
    auto elsewhere = append("c");
    elsewhere.partition = partition_id{4};
    lane->add(std::move(elsewhere));
    lane->give_back_unsent(
        [](const forwarded_append& one) { return one.partition == partition_id{3}; });
    check_told({"returned c"});
    lane->give_back_unsent([](const forwarded_append&) { return false; });
    check_told({"returned c", "returned b"});
    tell_in_turn({{}, {1}});
    ask_position();
    run_until_told(3);
    check_told({"returned c", "returned b", "answered a"});
    BOOST_TEST(owner.requests[1].appends.empty());
}

BOOST_AUTO_TEST_CASE(positions_are_asked_with_what_else_there_is) {
    add("a");
    ask_position();
    run_until([this] { return positions.size() == 1; });
    BOOST_TEST(owner.requests.size() == 1U);
    const auto& questions = owner.requests.front().questions;
    BOOST_REQUIRE(questions.size() == 1U);
    BOOST_TEST(questions.front().topic == "t");
    BOOST_TEST(questions.front().partition == 3);
    BOOST_TEST((positions.front() == scripted_owner::reach));
    BOOST_TEST(lane->is_empty());
}

BOOST_AUTO_TEST_CASE(a_position_that_is_not_known_raises_doubt) {
    does = [](const seen_forward&, protocol::forward_response& response) {
        response.positions.front().error_code = 6;
        return owner_does::answer;
    };
    ask_position();
    run_until([this] { return positions.size() == 1; });
    BOOST_TEST(!positions.front().has_value());
    BOOST_TEST(events.doubts == 1);
}

BOOST_AUTO_TEST_CASE(a_question_does_not_outlive_its_connection) {
    does = [](const seen_forward&, protocol::forward_response&) { return owner_does::close; };
    ask_position();
    run_until([this] { return positions.size() == 1; });
    BOOST_TEST(!positions.front().has_value());
    BOOST_TEST(lane->is_empty());
}

BOOST_AUTO_TEST_CASE(at_most_three_requests_are_under_way) {
    does = [](const seen_forward&, protocol::forward_response&) { return owner_does::hold; };
    for (std::size_t number = 1; number <= 3; ++number) {
        add("a");
        run_until_requests(number);
    }
    add("b");
    add("c");
    lane->give_back_unsent([](const forwarded_append&) { return false; });
    check_told({"returned b", "returned c"});
    add("d");
    context.poll();
    lane->give_back_unsent([](const forwarded_append&) { return false; });
    check_told({"returned b", "returned c", "returned d"});
}

BOOST_AUTO_TEST_SUITE_END()
