#include "sync/store_link.hpp"

#include "protocol/messages/list_keys.hpp"
#include "tests/support/io_fixture.hpp"
#include "tests/support/scripted_broker.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace bkes;
using namespace bkes::sync;
using namespace std::chrono_literals;
using bkes::test::reply;
using bkes::test::scripted_broker;
using protocol::list_keys_request;
using protocol::list_keys_response;
using std::chrono::steady_clock;

/// Two instances, a and b, that answer with a key of their name.
struct fixture : bkes::test::io_fixture {
    fixture() : io_fixture{10s} {}

    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work =
        boost::asio::make_work_guard(context);
    reply::kind does_a = reply::kind::send;
    scripted_broker a{context, [this](const auto& request) { return serve(request, "a", does_a); }};
    scripted_broker b{context,
                      [](const auto& request) { return serve(request, "b", reply::kind::send); }};
    std::shared_ptr<const group_view> view;
    int looks = 0;
    std::vector<std::string> heard;  ///< keys; "-": an error
    std::shared_ptr<store_link> link =
        std::make_shared<store_link>(context, store_link::options{.access = {},
                                                                  .view = [this] { return view; },
                                                                  .look_now = [this] { ++looks; }});

    static reply serve(const protocol::request_view& request, bytes_view name, reply::kind what) {
        if (request.header.key != list_keys_request::schema.key) {
            return scripted_broker::answer_versions(request);
        }
        list_keys_response response;
        response.keys.emplace_back().key = name;
        auto answer = scripted_broker::answer(request, response);
        answer.what = what;
        return answer;
    }

    void show(bool with_b = true) {
        std::vector<group_member_view> members;
        members.push_back({.name = {.host = "127.0.0.1", .port = a.port(), .instance = "a"}});
        if (with_b) {
            members.push_back({.name = {.host = "127.0.0.1", .port = b.port(), .instance = "b"}});
        }
        view = std::make_shared<const group_view>(boot_clock::time_point{}, std::move(members),
                                                  true, nullptr);
    }

    void ask(std::chrono::milliseconds patience = 60s) {
        link->ask<list_keys_response>(
            list_keys_request{.topic = "t"}, list_keys_request::schema.versions,
            steady_clock::now() + patience, 0ms, [this](const result<list_keys_response>& answer) {
                heard.push_back(answer ? std::string{answer->keys.at(0).key} : "-");
            });
        BOOST_TEST(heard.size() == asked_++);  // never inside
        run_until([&] { return heard.size() == asked_; });
    }

    std::size_t asked_ = 0;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync_store_link, fixture)

BOOST_AUTO_TEST_CASE(one_connection_serves_all_questions) {
    show();
    ask();
    ask();
    BOOST_TEST(heard == (std::vector<std::string>{"a", "a"}), boost::test_tools::per_element());
    BOOST_TEST(a.connections() + b.connections() == 1);
}

BOOST_AUTO_TEST_CASE(the_next_instance_is_asked_when_one_is_lost) {
    show();
    does_a = reply::kind::close;
    ask();
    BOOST_TEST(heard.back() == "b");
    BOOST_TEST(looks >= 1);
}

BOOST_AUTO_TEST_CASE(an_instance_that_ended_between_two_questions_is_replaced) {
    show();
    ask();
    a.stop();
    ask();
    BOOST_TEST(heard.back() == "b");
}

BOOST_AUTO_TEST_CASE(it_waits_for_an_instance_to_come) {
    boost::asio::steady_timer later{context, 250ms};
    later.async_wait([this](auto) { show(); });
    ask();
    BOOST_TEST(heard.back() == "a");
    BOOST_TEST(looks >= 1);
}

BOOST_AUTO_TEST_CASE(without_one_there_is_an_error_at_the_deadline) {
    const auto began = steady_clock::now();
    ask(200ms);
    BOOST_TEST(heard.back() == "-");
    BOOST_TEST((steady_clock::now() - began >= 200ms));
    show(false);
    a.stop();
    ask(200ms);
    BOOST_TEST(heard.back() == "-");
}

BOOST_AUTO_TEST_CASE(what_was_closed_answers_nobody) {
    show();
    does_a = reply::kind::swallow;
    bool is_answered = false;
    link->ask<list_keys_response>(
        list_keys_request{.topic = "t"}, list_keys_request::schema.versions,
        steady_clock::now() + 60s, 0ms,
        [&is_answered](const result<list_keys_response>&) { is_answered = true; });
    run_until([&] { return a.connections() == 1; });
    link->close();
    context.run_for(50ms);
    BOOST_TEST(!is_answered);
}

BOOST_AUTO_TEST_SUITE_END()
