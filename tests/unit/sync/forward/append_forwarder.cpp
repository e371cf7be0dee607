#include "sync/forward/append_forwarder.hpp"

#include "tests/support/io_fixture.hpp"
#include "tests/unit/sync/forward/scripted_owner.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <map>
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

using words = std::vector<std::string>;

/// Two other instances, a and b; this one is "own".
struct fixture : bkes::test::io_fixture {
    using script = std::function<owner_does(const seen_forward&, protocol::forward_response&)>;

    fixture() : io_fixture{10s} {}

    ~fixture() { forwarder->stop(); }

    fixture(const fixture&) = delete;
    fixture& operator=(const fixture&) = delete;

    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work =
        boost::asio::make_work_guard(context);
    script does_a = [](const seen_forward&, protocol::forward_response&) {
        return owner_does::answer;
    };
    scripted_owner a{context,
                     [this](const seen_forward& seen, protocol::forward_response& response) {
                         return does_a(seen, response);
                     }};
    scripted_owner b{context, [](const seen_forward&, protocol::forward_response&) {
                         return owner_does::answer;
                     }};
    std::shared_ptr<const group_view> view;
    int looks = 0;
    words local;
    std::map<std::string, append_answer> answers;  ///< by the records
    std::shared_ptr<append_forwarder> forwarder = make_forwarder(5s);

    std::shared_ptr<append_forwarder> make_forwarder(std::chrono::milliseconds hold) {
        return std::make_shared<append_forwarder>(
            context,
            append_forwarder::options{
                .access = {},
                .own_instance = "own",
                .hold = hold,
                .view = [this] { return view; },
                .look_now = [this] { ++looks; },
                .is_gone = [](const std::string&) {},
                .local =
                    [this](const std::string& topic, partition_id partition, append_job job) {
                        local.push_back(topic + std::to_string(partition.value()) + job.records);
                    }});
    }

    /// The group: `owner` has partition 3; empty: nobody has.
    void show(const std::string& owner, const std::vector<std::string>& there = {"a", "b", "own"}) {
        std::vector<group_member_view> members;
        for (const auto& instance : there) {
            auto& one = members.emplace_back();
            one.name = {.host = "127.0.0.1",
                        .port = instance == "a" ? a.port() : b.port(),
                        .instance = instance};
            if (instance == owner) {
                one.partitions.push_back({.topic = "t", .partition = partition_id{3}});
            }
        }
        view = std::make_shared<const group_view>(boot_clock::time_point{}, std::move(members),
                                                  true, nullptr);
        forwarder->view_changed();
    }

    append_job job(const std::string& records) {
        return {.records = records,
                .deadline = steady_clock::now() + 60s,
                .client = "client",
                .session = {},
                .answer_on = &context,
                .done = [this, records](append_answer answer) {
                    BOOST_TEST(!answers.contains(records));
                    answers.emplace(records, std::move(answer));
                }};
    }

    void forward(const std::string& records) {
        forwarder->forward("t", partition_id{3}, job(records));
    }

    void run_until_answered(std::size_t count) {
        run_until([&] { return answers.size() >= count; });
    }

    void check_answer(const std::string& records, append_result outcome) {
        BOOST_REQUIRE(answers.contains(records));
        BOOST_TEST((answers[records].outcome == outcome), records);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync_forward_append_forwarder, fixture)

BOOST_AUTO_TEST_CASE(gives_appends_to_the_owner) {
    show("a");
    forward("x");
    BOOST_TEST(answers.empty());
    run_until_answered(1);
    check_answer("x", append_result::written);
    BOOST_TEST(answers["x"].base_offset.value() == 1);
    BOOST_REQUIRE(a.requests.size() == 1U);
    BOOST_TEST(a.requests.front().owner_instance == "a");
    BOOST_TEST(b.requests.empty());
    BOOST_TEST(looks == 0);
}

BOOST_AUTO_TEST_CASE(all_for_one_owner_share_a_connection) {
    show("a");
    forward("x");
    run_until_answered(1);
    forward("y");
    run_until_answered(2);
    BOOST_TEST(a.connections() == 1);
    BOOST_TEST((a.requests[0].forwarder == a.requests[1].forwarder));
}

BOOST_AUTO_TEST_CASE(what_has_no_owner_waits_for_one) {
    forward("x");  // before the first view
    run_until([this] { return looks > 0; });
    show("");
    forward("y");
    run_until([this] { return looks > 2; });
    BOOST_TEST(answers.empty());
    show("b");
    run_until_answered(2);
    check_answer("x", append_result::written);
    check_answer("y", append_result::written);
    BOOST_TEST(b.records() == (words{"x", "y"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_comes_later_does_not_overtake_what_waits) {
    forward("x");
    view = nullptr;
    show("a");
    forward("y");
    run_until_answered(2);
    BOOST_TEST(a.records() == (words{"x", "y"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_waits_too_long_was_not_written) {
    forwarder = make_forwarder(1ms);
    forward("x");
    run_until_answered(1);
    check_answer("x", append_result::not_ready);
    BOOST_TEST(!answers["x"].text.empty());
}

BOOST_AUTO_TEST_CASE(what_was_redirected_waits_until_its_deadline) {
    forwarder = make_forwarder(1ms);
    auto redirected = job("x");
    redirected.is_redirected = true;
    forwarder->forward("t", partition_id{3}, std::move(redirected));
    forward("y");
    run_until_answered(1);
    check_answer("y", append_result::not_ready);
    show("a");
    run_until_answered(2);
    check_answer("x", append_result::written);
    BOOST_TEST(a.requests.front().appends.front().is_redirected);
}

BOOST_AUTO_TEST_CASE(what_the_owner_does_not_own_any_more_goes_to_the_next_one) {
    does_a = [this](const seen_forward&, protocol::forward_response& response) {
        constexpr std::int8_t not_owner = 8;
        response.outcomes.front().outcome = not_owner;
        show("b");
        return owner_does::answer;
    };
    show("a");
    forward("x");
    run_until_answered(1);
    check_answer("x", append_result::written);
    BOOST_TEST(a.records() == words{"x"}, boost::test_tools::per_element());
    BOOST_TEST(b.records() == words{"x"}, boost::test_tools::per_element());
    BOOST_TEST(looks > 0);
}

BOOST_AUTO_TEST_CASE(what_a_lost_owner_was_sent_is_not_known) {
    does_a = [](const seen_forward&, protocol::forward_response&) { return owner_does::hold; };
    show("a");
    forward("x");
    run_until([this] { return a.requests.size() == 1; });
    a.stop();
    run_until([this] { return looks > 0; });
    BOOST_TEST(answers.empty());
    show("b", {"b", "own"});
    run_until_answered(1);
    check_answer("x", append_result::timed_out);
    BOOST_TEST(!answers["x"].text.empty());
    forward("y");
    run_until_answered(2);
    BOOST_TEST(b.records() == words{"y"}, boost::test_tools::per_element());
}

// Slow to say that it has left the group, or the group has expelled it: it answers yet.
BOOST_AUTO_TEST_CASE(an_owner_that_left_the_group_may_end_what_it_was_sent) {
    does_a = [](const seen_forward&, protocol::forward_response&) { return owner_does::hold; };
    show("a");
    forward("x");
    run_until([this] { return a.requests.size() == 1; });
    show("b", {"b", "own"});
    context.poll();
    BOOST_TEST(answers.empty());
}

BOOST_AUTO_TEST_CASE(what_an_owner_was_never_sent_goes_to_the_next_one) {
    a.stop();
    show("a");
    forward("x");
    run_until([this] { return looks > 0; });
    show("b");
    run_until_answered(1);
    check_answer("x", append_result::written);
    BOOST_TEST(b.records() == words{"x"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_waits_comes_back_when_the_partition_is_ours) {
    forward("x");
    forward("y");
    forwarder->forward("t", partition_id{4}, job("z"));
    forwarder->forward("u", partition_id{3}, job("z"));
    forwarder->ours("t", partition_id{3});
    BOOST_TEST(local == (words{"t3x", "t3y"}), boost::test_tools::per_element());
    forwarder->ours("t", partition_id{3});
    BOOST_TEST(local.size() == 2U);
}

BOOST_AUTO_TEST_CASE(nothing_is_forwarded_to_this_instance_itself) {
    show("own");
    forward("x");
    run_until([this] { return looks > 1; });
    BOOST_TEST(a.requests.empty());
    BOOST_TEST(b.connections() == 0);  // the address that the view has for it
    forwarder->ours("t", partition_id{3});
    BOOST_TEST(local == words{"t3x"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(whose_client_is_gone_is_not_given_to_anybody) {
    auto gone = job("x");
    auto session = std::make_shared<int>(1);
    gone.session = session;
    gone.session_can_go = true;
    forwarder->forward("t", partition_id{3}, std::move(gone));
    session.reset();
    forward("y");
    show("a");
    run_until_answered(1);
    check_answer("y", append_result::written);
    BOOST_TEST(a.records() == words{"y"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(whose_client_has_gone_meanwhile_is_not_answered) {
    auto session = std::make_shared<int>(1);
    does_a = [&session](const seen_forward&, protocol::forward_response&) {
        session.reset();
        return owner_does::answer;
    };
    show("a");
    auto going = job("x");
    going.session = session;
    going.session_can_go = true;
    forwarder->forward("t", partition_id{3}, std::move(going));
    forward("y");
    run_until_answered(1);
    context.poll();
    BOOST_TEST(!answers.contains("x"));
    check_answer("y", append_result::written);
}

BOOST_AUTO_TEST_CASE(asks_the_owner_how_far_a_partition_is) {
    show("a");
    std::optional<log_reach> position;
    forwarder->ask_position("t", partition_id{3},
                            [&](std::optional<log_reach> said) { position = said; });
    BOOST_TEST(!position.has_value());
    run_until([&] { return position.has_value(); });
    BOOST_TEST(position->next_offset.value() == 100);
}

BOOST_AUTO_TEST_CASE(without_an_owner_nobody_says_how_far_it_is) {
    std::optional<std::optional<log_reach>> answer;
    forwarder->ask_position("t", partition_id{3},
                            [&](std::optional<log_reach> said) { answer = said; });
    BOOST_TEST(!answer.has_value());  // not inside
    run_until([&] { return answer.has_value(); });
    BOOST_TEST(!answer->has_value());
    BOOST_TEST(looks == 1);
}

BOOST_AUTO_TEST_CASE(stopped_it_says_of_each_whether_it_was_written) {
    does_a = [](const seen_forward&, protocol::forward_response&) { return owner_does::hold; };
    show("a");
    forward("x");
    run_until([this] { return a.requests.size() == 1; });
    forwarder->forward("t", partition_id{4}, job("y"));
    forward("z");
    forwarder->stop();
    run_until_answered(3);
    check_answer("x", append_result::timed_out);
    check_answer("y", append_result::stopped);
    check_answer("z", append_result::stopped);
}

BOOST_AUTO_TEST_SUITE_END()
