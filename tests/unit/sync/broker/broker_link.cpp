#include "sync/broker/broker_link.hpp"

#include "protocol/messages/metadata.hpp"
#include "sync/broker/link_errors.hpp"
#include "tests/support/io_fixture.hpp"
#include "tests/support/scripted_broker.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <vector>

namespace {

using namespace bkes;
using namespace bkes::sync;
using namespace std::chrono_literals;
using bkes::test::reply;
using bkes::test::scripted_broker;

constexpr std::int16_t api_versions_key = 18;
constexpr protocol::version_range metadata_versions{.min = 7, .max = 12};

/// A broker that answers Metadata with the number of the request as controller id, as `treat` says.
struct fixture : bkes::test::io_fixture {
    fixture() : io_fixture{10s} {}

    int asked = 0;
    std::function<reply(reply, const protocol::request_view&)> treat =
        [](reply plain, const protocol::request_view&) { return plain; };
    std::function<reply(const protocol::request_view&)> versions = scripted_broker::answer_versions;
    scripted_broker broker{context, [this](const protocol::request_view& request) {
                               if (request.header.key == api_versions_key) {
                                   return versions(request);
                               }
                               protocol::metadata_response response;
                               response.controller_id = asked++;
                               return treat(scripted_broker::answer(request, response), request);
                           }};
    std::shared_ptr<broker_link> link =
        std::make_shared<broker_link>(context, options_for(broker.port()));
    std::vector<int> answers;
    std::vector<std::error_code> errors;

    static broker_link_options options_for(std::uint16_t port) {
        broker_link_options options;
        options.host = "127.0.0.1";
        options.port = port;
        options.client_id = "test";
        options.connect_timeout = 2s;
        return options;
    }

    void ask(std::chrono::milliseconds timeout = 5s) {
        link->call_latest<protocol::metadata_response>(
            protocol::metadata_request{}, metadata_versions, timeout,
            [this](result<protocol::metadata_response> response) {
                if (response) {
                    answers.push_back(response->controller_id);
                } else {
                    errors.push_back(response.error());
                }
            });
    }

    void open_and_ask(int requests, std::chrono::milliseconds timeout = 5s) {
        link->open([this, requests, timeout](std::error_code error) {
            BOOST_TEST(!error);
            for (int i = 0; i < requests; ++i) {
                ask(timeout);
            }
        });
        run_until(
            [&] { return answers.size() + errors.size() == static_cast<std::size_t>(requests); });
    }

    ~fixture() {
        link->close();
        broker.stop();
        context.restart();
        context.run_for(1s);
    }
};

/// The same broker, told apart from the first ApiVersions what a quiet link sends.
struct quiet_fixture : fixture {
    static constexpr auto keep_alive = 200ms;

    int signs = 0;
    bool is_half_open = false;

    quiet_fixture() {
        versions = [this](const protocol::request_view& request) {
            const bool is_sign = request.header.version == 0;
            signs += is_sign ? 1 : 0;
            return is_sign && is_half_open ? reply{reply::kind::swallow}
                                           : scripted_broker::answer_versions(request);
        };
        auto options = options_for(broker.port());
        options.keep_alive = keep_alive;
        options.connect_timeout = 400ms;
        link = std::make_shared<broker_link>(context, options);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync_broker_link, fixture)

BOOST_AUTO_TEST_CASE(pipelines_requests_and_answers_in_order) {
    open_and_ask(50);
    BOOST_TEST(errors.empty());
    for (int i = 0; i < 50; ++i) {
        BOOST_TEST(answers[static_cast<std::size_t>(i)] == i);
    }
    BOOST_TEST(broker.connections() == 1);
}

BOOST_AUTO_TEST_CASE(puts_answers_together_from_single_bytes) {
    treat = [](reply plain, const protocol::request_view&) {
        plain.what = reply::kind::send_in_pieces;
        return plain;
    };
    open_and_ask(1);
    BOOST_TEST(answers == std::vector{0}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_closed_connection_fails_all_that_is_under_way) {
    treat = [this](reply plain, const protocol::request_view&) {
        return asked == 3 ? reply{reply::kind::close} : plain;
    };
    open_and_ask(5);
    BOOST_TEST(answers.size() + errors.size() == 5U);
    BOOST_TEST(errors.size() >= 3U);
    BOOST_TEST(link->is_closed());
}

BOOST_AUTO_TEST_CASE(a_swallowed_answer_times_out) {
    treat = [](reply, const protocol::request_view&) { return reply{reply::kind::swallow}; };
    open_and_ask(2, 200ms);
    BOOST_REQUIRE(errors.size() == 2U);
    BOOST_TEST((errors[0] == link_errc::timed_out));
}

BOOST_AUTO_TEST_CASE(an_answer_with_another_correlation_id_ends_the_connection) {
    treat = [](reply plain, const protocol::request_view&) {
        plain.frame[7] = static_cast<char>(plain.frame[7] + 1);
        return plain;
    };
    open_and_ask(1);
    BOOST_REQUIRE(errors.size() == 1U);
    BOOST_TEST((errors[0] == link_errc::bad_answer));
}

BOOST_AUTO_TEST_CASE(an_oversized_answer_is_refused_by_its_length) {
    treat = [](reply plain, const protocol::request_view&) {
        plain.frame.replace(0, 4, bytes{"\x7f\xff\xff\xff", 4});
        return plain;
    };
    open_and_ask(1);
    BOOST_REQUIRE(errors.size() == 1U);
    BOOST_TEST((errors[0] == link_errc::bad_answer));
}

BOOST_AUTO_TEST_CASE(a_malformed_body_fails_that_request_only) {
    treat = [this](reply plain, const protocol::request_view&) {
        if (asked == 1) {
            plain.frame.pop_back();
            plain.frame[3] = static_cast<char>(plain.frame[3] - 1);
        }
        return plain;
    };
    open_and_ask(2);
    BOOST_TEST(errors.size() == 1U);
    BOOST_TEST(answers == std::vector{1}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_closed_link_fails_later_calls_but_not_inside_them) {
    open_and_ask(1);
    link->close();
    ask();
    BOOST_TEST(errors.empty());
    run_until([&] { return errors.size() == 1; });
    BOOST_TEST((errors[0] == link_errc::not_sent));
}

BOOST_AUTO_TEST_CASE(what_was_never_written_is_told_apart_from_what_has_an_unknown_end) {
    treat = [](reply, const protocol::request_view&) { return reply{reply::kind::swallow}; };
    bool is_open = false;
    link->open([&](std::error_code) { is_open = true; });
    run_until([&] { return is_open; });
    ask();  // is being written
    ask();  // and this one follows it
    link->close();
    BOOST_REQUIRE(errors.size() == 2U);
    BOOST_TEST((errors[0] == link_errc::closed));
    BOOST_TEST((errors[1] == link_errc::not_sent));
}

BOOST_AUTO_TEST_CASE(the_owner_of_a_quiet_link_hears_when_the_broker_ends_it) {
    bool has_ended = false;
    link->on_end([&] { has_ended = true; });
    open_and_ask(1);
    BOOST_TEST(!has_ended);
    broker.close_connections();
    run_until([&] { return has_ended; });
    BOOST_TEST(link->is_closed());
    BOOST_TEST(errors.empty());
}

BOOST_AUTO_TEST_CASE(who_is_under_way_hears_of_the_end_first) {
    treat = [](reply, const protocol::request_view&) { return reply{reply::kind::close}; };
    std::size_t told_before = 99;
    link->on_end([&] { told_before = errors.size(); });
    open_and_ask(2);
    BOOST_TEST(told_before == 2U);
}

BOOST_AUTO_TEST_CASE(a_link_that_never_opened_has_no_end) {
    broker.stop();
    bool is_told = false;
    bool has_ended = false;
    link->on_end([&] { has_ended = true; });
    link->open([&](std::error_code) { is_told = true; });
    run_until([&] { return is_told; });
    BOOST_TEST(!has_ended);
}

BOOST_FIXTURE_TEST_CASE(a_quiet_link_asks_for_a_sign_of_life, quiet_fixture) {
    open_and_ask(1);
    run_until([&] { return signs == 3; });
    BOOST_TEST(link->in_flight() <= 1U);
    BOOST_TEST(link->is_open());
    BOOST_TEST(broker.connections() == 1);
}

BOOST_FIXTURE_TEST_CASE(a_busy_link_does_not, quiet_fixture) {
    open_and_ask(1);
    const auto end = std::chrono::steady_clock::now() + 4 * keep_alive;
    while (std::chrono::steady_clock::now() < end) {
        const auto before = answers.size();
        ask();
        run_until([&] { return answers.size() > before; });
    }
    BOOST_TEST(signs == 0);
}

BOOST_FIXTURE_TEST_CASE(nor_one_that_waits_for_an_answer, quiet_fixture) {
    treat = [](reply, const protocol::request_view&) { return reply{reply::kind::swallow}; };
    open_and_ask(1, 5 * keep_alive);
    BOOST_TEST(signs == 0);
    BOOST_TEST((errors.front() == link_errc::timed_out));
}

BOOST_FIXTURE_TEST_CASE(a_broker_that_gives_no_sign_any_more_ends_the_link, quiet_fixture) {
    is_half_open = true;
    bool has_ended = false;
    link->on_end([&] { has_ended = true; });
    open_and_ask(1);
    run_until([&] { return has_ended; });
    BOOST_TEST(signs == 1);
}

BOOST_AUTO_TEST_CASE(nobody_listening_fails_open) {
    broker.stop();
    std::optional<std::error_code> opened;
    link->open([&](std::error_code error) { opened = error; });
    run_until([&] { return opened.has_value(); });
    BOOST_TEST(static_cast<bool>(*opened));
}

BOOST_AUTO_TEST_SUITE_END()
