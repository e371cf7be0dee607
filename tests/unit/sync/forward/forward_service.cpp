#include "sync/forward/forward_service.hpp"

#include "tests/support/io_fixture.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace bkes;
using namespace bkes::sync;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

using ids = std::vector<std::int64_t>;

constexpr std::int32_t never_over_ms = 30'000;

/// What one request heard.
struct heard_answer {
    int count = 0;
    std::int16_t error_code = 0;
    ids outcomes{};
    std::vector<int> results{};
    std::vector<std::string> texts{};
    std::vector<protocol::forward_response::position> positions{};
};

/// An owner whose partitions are the test's own words.
struct fixture : bkes::test::io_fixture {
    struct begun_append {
        std::string topic;
        partition_id partition;
        append_job job;
    };

    struct question {
        std::string topic;
        partition_id partition;
        forward_service::position_request asked;
    };

    fixture() : io_fixture{10s} {}

    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work =
        boost::asio::make_work_guard(context);
    std::deque<begun_append> begun;
    std::deque<question> questions;
    forward_service service{
        "owner",
        {.submit =
             [this](bytes_view topic, partition_id partition, append_job job) {
                 if (topic != "t") {
                     return false;
                 }
                 begun.push_back(
                     {.topic = std::string{topic}, .partition = partition, .job = std::move(job)});
                 return true;
             },
         .position =
             [this](bytes_view topic, partition_id partition,
                    forward_service::position_request asked) {
                 questions.push_back({.topic = std::string{topic},
                                      .partition = partition,
                                      .asked = std::move(asked)});
             }}};
    std::shared_ptr<const void> connection = std::make_shared<int>(1);
    std::shared_ptr<const void> other_connection = std::make_shared<int>(2);

    static protocol::forward_request request(const ids& appends, std::int64_t heard_up_to = 0) {
        protocol::forward_request made{.forwarder = {.octets = {1}},
                                       .owner_instance = "owner",
                                       .heard_up_to = heard_up_to,
                                       .max_wait_ms = never_over_ms};
        for (const auto id : appends) {
            made.appends.push_back({.id = id,
                                    .topic = "t",
                                    .partition = 3,
                                    .deadline_ms = 5'000,
                                    .client = "client",
                                    .records = "records"});
        }
        return made;
    }

    std::shared_ptr<heard_answer> ask(const protocol::forward_request& asked,
                                      const std::shared_ptr<const void>& over) {
        auto heard = std::make_shared<heard_answer>();
        service.handle(asked, context, over, [heard](const protocol::forward_response& response) {
            ++heard->count;
            heard->error_code = response.error_code;
            heard->positions = response.positions;
            for (const auto& outcome : response.outcomes) {
                heard->outcomes.push_back(outcome.id);
                heard->results.push_back(outcome.outcome);
                heard->texts.emplace_back(outcome.text);
            }
        });
        return heard;
    }

    std::shared_ptr<heard_answer> ask(const protocol::forward_request& asked) {
        return ask(asked, connection);
    }

    /// Of the append that was begun as number `index`, as its partition would.
    void decide(std::size_t index, const std::string& text = "") {
        append_answer answer;
        answer.outcome = append_result::written;
        answer.text = text;
        begun[index].job.done(std::move(answer));
    }

    /// All that is to be done at this moment.
    void turn() { context.poll(); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync_forward_forward_service, fixture)

BOOST_AUTO_TEST_CASE(gives_appends_to_the_partitions_as_they_came) {
    auto asked = request({1, 2});
    asked.appends[1].is_redirected = true;
    asked.appends[1].partition = 4;
    const auto now = steady_clock::now();
    ask(asked);
    BOOST_REQUIRE(begun.size() == 2U);
    const auto& one = begun.front();
    BOOST_TEST(one.topic == "t");
    BOOST_TEST(one.partition.value() == 3);
    BOOST_TEST(one.job.records == "records");
    BOOST_TEST(one.job.client == "client");
    BOOST_TEST(one.job.is_forwarded);
    BOOST_TEST(!one.job.is_redirected);
    BOOST_TEST(!one.job.session_can_go);
    BOOST_TEST((one.job.answer_on == &context));
    BOOST_TEST((one.job.deadline >= now + 5s));
    BOOST_TEST((one.job.deadline <= steady_clock::now() + 5s));
    BOOST_TEST(begun.back().partition.value() == 4);
    BOOST_TEST(begun.back().job.is_redirected);
    BOOST_TEST(begun.back().job.is_forwarded);
}

BOOST_AUTO_TEST_CASE(takes_no_deadline_that_can_not_be) {
    auto asked = request({1, 2});
    asked.appends[0].deadline_ms = -1'000'000;
    asked.appends[1].deadline_ms = 2'147'483'647;
    const auto now = steady_clock::now();
    ask(asked);
    BOOST_REQUIRE(begun.size() == 2U);
    BOOST_TEST((begun[0].job.deadline >= now));
    BOOST_TEST((begun[1].job.deadline <= steady_clock::now() + 1h));
}

BOOST_AUTO_TEST_CASE(the_outcome_of_one_does_not_wait_for_another) {
    const auto first = ask(request({1, 2}));
    turn();
    BOOST_TEST(first->count == 0);
    decide(1, "two");
    turn();
    BOOST_TEST(first->count == 1);
    BOOST_TEST(first->outcomes == ids{2}, boost::test_tools::per_element());
    BOOST_TEST(first->texts.front() == "two");
    const auto second = ask(request({}));
    turn();
    BOOST_TEST(second->count == 0);
    decide(0, "one");
    turn();
    BOOST_TEST(second->outcomes == ids{1}, boost::test_tools::per_element());
    BOOST_TEST(second->texts.front() == "one");
    BOOST_TEST(first->count == 1);
}

BOOST_AUTO_TEST_CASE(outcomes_of_one_turn_go_as_one) {
    const auto heard = ask(request({1, 2, 3}));
    decide(2);
    decide(0);
    turn();
    BOOST_TEST(heard->count == 1);
    BOOST_TEST(heard->outcomes == (ids{3, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_decided_while_nobody_waits_is_told_to_the_next_request) {
    const auto first = ask(request({1, 2}));
    decide(0);
    turn();
    decide(1);
    turn();
    BOOST_TEST(first->outcomes == ids{1}, boost::test_tools::per_element());
    const auto second = ask(request({}));
    turn();
    BOOST_TEST(second->outcomes == ids{2}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_newer_request_lets_the_older_one_be_answered) {
    const auto older = ask(request({1}));
    turn();
    const auto newer = ask(request({2}));
    turn();
    BOOST_TEST(older->count == 1);
    BOOST_TEST(older->outcomes.empty());
    BOOST_TEST(newer->count == 0);
    decide(0);
    decide(1);
    turn();
    BOOST_TEST(newer->count == 1);
    BOOST_TEST(newer->outcomes == (ids{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(without_outcomes_it_is_answered_when_its_time_is_over) {
    auto asked = request({1});
    asked.max_wait_ms = 20;
    const auto now = steady_clock::now();
    const auto heard = ask(asked);
    turn();
    BOOST_TEST((heard->count == 0 || steady_clock::now() >= now + 20ms));
    run_until([&] { return heard->count == 1; });
    BOOST_TEST((steady_clock::now() >= now + 20ms));
    BOOST_TEST(heard->error_code == 0);
    BOOST_TEST(heard->outcomes.empty());
}

BOOST_AUTO_TEST_CASE(one_that_may_not_wait_is_answered_at_once) {
    for (const std::int32_t max_wait_ms : {0, -5}) {
        auto asked = request({});
        asked.max_wait_ms = max_wait_ms;
        const auto heard = ask(asked);
        run_until([&] { return heard->count == 1; });
    }
}

BOOST_AUTO_TEST_CASE(what_is_meant_for_another_process_is_refused_as_a_whole) {
    for (const bytes_view other : {"", "owner2", "Owner", "owne"}) {
        auto asked = request({1});
        asked.owner_instance = other;
        asked.positions.push_back({.id = 2, .topic = "t"});
        const auto heard = ask(asked);
        turn();
        BOOST_TEST(heard->count == 1);
        BOOST_TEST(heard->error_code == 6);
    }
    BOOST_TEST(begun.empty());
    BOOST_TEST(questions.empty());
}

BOOST_AUTO_TEST_CASE(a_partition_that_is_not_there_is_not_owned) {
    auto asked = request({1, 2});
    asked.appends[0].topic = "unknown";
    const auto heard = ask(asked);
    turn();
    BOOST_TEST(begun.size() == 1U);
    BOOST_TEST(heard->outcomes == ids{1}, boost::test_tools::per_element());
    constexpr int not_owner = 8;
    BOOST_TEST(heard->results.front() == not_owner);
}

BOOST_AUTO_TEST_CASE(what_comes_again_over_a_new_connection_joins) {
    const auto lost = ask(request({1}));
    turn();
    const auto heard = ask(request({1, 2}), other_connection);
    turn();
    BOOST_TEST(begun.size() == 2U);  // each once
    decide(0, "once");
    turn();
    BOOST_TEST(heard->outcomes == ids{1}, boost::test_tools::per_element());
    BOOST_TEST(heard->texts.front() == "once");
    BOOST_TEST(lost->outcomes.empty());
}

BOOST_AUTO_TEST_CASE(what_comes_again_over_the_same_connection_joins_too) {
    ask(request({1}));
    ask(request({1}));
    BOOST_TEST(begun.size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_was_told_is_told_again_over_a_new_connection) {
    const auto lost = ask(request({1}));
    decide(0, "once");
    turn();
    BOOST_TEST(lost->count == 1);
    const auto heard = ask(request({1}), other_connection);
    turn();
    BOOST_TEST(begun.size() == 1U);
    BOOST_TEST(heard->outcomes == ids{1}, boost::test_tools::per_element());
    BOOST_TEST(heard->texts.front() == "once");
}

BOOST_AUTO_TEST_CASE(an_answer_on_its_way_to_a_lost_connection_takes_nothing_with_it) {
    ask(request({1}));
    decide(0);
    context.poll_one();  // it is to be answered
    const auto heard = ask(request({1}), other_connection);
    turn();
    BOOST_TEST(heard->outcomes == ids{1}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_connection_that_has_ended_is_told_from_the_next_one) {
    ask(request({1}));
    decide(0);
    turn();
    connection.reset();
    const auto heard = ask(request({1}), other_connection);
    turn();
    BOOST_TEST(heard->outcomes == ids{1}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_was_heard_is_forgotten) {
    ask(request({1, 2}));
    decide(0);
    decide(1);
    turn();
    const auto heard = ask(request({1, 2}, 1), other_connection);
    turn();
    BOOST_TEST(heard->outcomes == ids{2}, boost::test_tools::per_element());
    BOOST_TEST(begun.size() == 2U);
}

BOOST_AUTO_TEST_CASE(what_is_decided_after_it_was_given_up_is_not_told) {
    ask(request({1}));
    const auto heard = ask(request({2}, 1));
    decide(0);
    turn();
    BOOST_TEST(heard->count == 0);
    decide(1);
    turn();
    BOOST_TEST(heard->outcomes == ids{2}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(each_forwarder_counts_for_itself) {
    const auto one = ask(request({1}));
    auto asked = request({1});
    asked.forwarder = {.octets = {2}};
    const auto other = ask(asked, other_connection);
    BOOST_REQUIRE(begun.size() == 2U);
    decide(1);
    turn();
    BOOST_TEST(one->count == 0);
    BOOST_TEST(other->outcomes == ids{1}, boost::test_tools::per_element());
    decide(0);
    turn();
    BOOST_TEST(one->outcomes == ids{1}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(more_outcomes_than_an_answer_takes_follow_in_the_next_one) {
    constexpr std::int64_t in_one_answer = 5'000;
    ids many;
    for (std::int64_t id = 1; id <= in_one_answer + 1; ++id) {
        many.push_back(id);
    }
    const auto first = ask(request(many));
    for (std::size_t index = 0; index < many.size(); ++index) {
        decide(index);
    }
    turn();
    BOOST_TEST(first->outcomes.size() == static_cast<std::size_t>(in_one_answer));
    const auto second = ask(request({}));
    turn();
    BOOST_TEST(second->outcomes == ids{in_one_answer + 1}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_append_ends_though_nobody_is_there_any_more) {
    ask(request({1}));
    connection.reset();
    decide(0);
    turn();
    const auto heard = ask(request({}), other_connection);
    turn();
    BOOST_TEST(heard->outcomes == ids{1}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(positions_are_told_when_they_are_known) {
    auto asked = request({});
    asked.positions.push_back({.id = 7, .topic = "t", .partition = 2, .max_wait_ms = 400});
    asked.positions.push_back({.id = 8, .topic = "u", .partition = 0, .max_wait_ms = -1});
    const auto now = steady_clock::now();
    const auto first = ask(asked);
    BOOST_REQUIRE(questions.size() == 2U);
    BOOST_TEST(questions[0].topic == "t");
    BOOST_TEST(questions[0].partition.value() == 2);
    BOOST_TEST((questions[0].asked.deadline >= now + 400ms));
    BOOST_TEST((questions[0].asked.deadline <= steady_clock::now() + 400ms));
    BOOST_TEST((&questions[0].asked.context == &context));
    BOOST_TEST((questions[1].asked.deadline <= steady_clock::now()));
    turn();
    BOOST_TEST(first->count == 0);
    questions[1].asked.done(6, {});
    turn();
    BOOST_REQUIRE(first->positions.size() == 1U);
    BOOST_TEST(first->positions[0].id == 8);
    BOOST_TEST(first->positions[0].error_code == 6);
    BOOST_TEST(first->positions[0].next_offset == -1);
    BOOST_TEST(first->positions[0].leader_epoch == -1);
    const auto second = ask(request({}));
    questions[0].asked.done(0, {.next_offset = log_offset{42}, .epoch = leader_epoch{5}});
    turn();
    BOOST_REQUIRE(second->positions.size() == 1U);
    BOOST_TEST(second->positions[0].id == 7);
    BOOST_TEST(second->positions[0].error_code == 0);
    BOOST_TEST(second->positions[0].next_offset == 42);
    BOOST_TEST(second->positions[0].leader_epoch == 5);
}

BOOST_AUTO_TEST_CASE(a_position_that_was_said_before_a_new_connection_is_not_told) {
    auto asked = request({1});
    asked.positions.push_back({.id = 7, .topic = "t"});
    ask(asked);
    decide(0);
    turn();
    BOOST_REQUIRE(questions.size() == 1U);
    questions[0].asked.done(0, {.next_offset = log_offset{42}});  // nobody waits
    turn();
    const auto heard = ask(request({}, 1), other_connection);
    turn();
    BOOST_TEST(heard->count == 0);
}

BOOST_AUTO_TEST_SUITE_END()
