#include "protocol/batch/record_batch.hpp"
#include "protocol/messages/fetch_by_key.hpp"
#include "tests/unit/proxy/commands/client_commands.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <functional>

BOOST_AUTO_TEST_SUITE(proxy_commands_tail)

using namespace bkes;
using namespace bkes::proxy;
using proxy::tests::fake_bkes;

namespace {

using fetch = protocol::fetch_by_key_request;

/// Answers one question after the other as `steps` say; behind the last one Ctrl-C is pressed.
struct scripted_bkes {
    struct answer {
        bool is_closed = false;  ///< instead of an answer
        std::int16_t error_code = 0;
        std::int64_t first = 0;
        std::int64_t count = 0;  ///< of the events
    };

    std::vector<answer> steps;
    std::vector<fetch::key_range> asked{};
    int connections = 0;

    void handle(const protocol::request_view& request, bytes& out) {
        const auto asks = proxy::tests::as<fetch>(request);
        if (!asks) {
            ++connections;
            fake_bkes::offer_all(request, out);
            return;
        }
        BOOST_TEST(asks->max_wait_ms > 1000);
        const auto at = asked.size();
        asked.push_back(asks->keys.at(0));
        if (at >= steps.size()) {
            std::raise(SIGINT);
            return respond(request, {}, out);
        }
        if (!steps[at].is_closed) {
            respond(request, steps[at], out);
        }
    }

    static void respond(const protocol::request_view& request, const answer& step, bytes& out) {
        protocol::fetch_by_key_response response;
        bytes records;
        response.error_code = step.error_code;
        if (step.error_code == 0) {
            auto& found = response.keys.emplace_back();
            found.key = "k";
            found.partition = 2;
            found.next_order = step.first + step.count;
            if (step.count > 0) {
                protocol::batch_builder builder{records};
                for (std::int64_t order = step.first; order < found.next_order; ++order) {
                    const auto value = "v" + std::to_string(order);
                    builder.add({.timestamp_ms = order,
                                 .key = "k",
                                 .body = protocol::encode_record_body(value, {})});
                    found.log_offsets.push_back(100 + order);
                }
                builder.finish(log_offset{step.first}, {});
                found.records = records;
            }
        }
        proxy::tests::respond(request, response, out);
    }

    proxy::tests::command_run run(std::vector<std::string> options = {}) {
        const fake_bkes server{[this](const auto& request, bytes& out) { handle(request, out); }};
        options.insert(options.begin(), {"bkes", "k"});
        return proxy::tests::run_against(server, tail_command(), std::move(options));
    }

    [[nodiscard]] std::vector<std::int64_t> orders_asked() const {
        std::vector<std::int64_t> orders;
        for (const auto& range : asked) {
            orders.push_back(range.from_order);
            BOOST_TEST(range.min_next_order == range.from_order + 1);
        }
        return orders;
    }
};

std::size_t lines_of(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

}  // namespace

BOOST_AUTO_TEST_CASE(prints_what_is_there_and_what_comes) {
    scripted_bkes server{
        .steps = {{.first = 0, .count = 2}, {.first = 2}, {.first = 2, .count = 1}}};
    const auto done = server.run();
    BOOST_TEST(done.code == exit_done);
    BOOST_TEST(done.err.empty());
    BOOST_TEST(done.out ==
               "order 0  offset 100  1970-01-01T00:00:00.000Z  []  v0\n"
               "order 1  offset 101  1970-01-01T00:00:00.001Z  []  v1\n"
               "order 2  offset 102  1970-01-01T00:00:00.002Z  []  v2\n");
    BOOST_TEST(server.orders_asked() == (std::vector<std::int64_t>{0, 2, 2, 3}),
               boost::test_tools::per_element());
    BOOST_TEST(server.connections == 1);
}

BOOST_AUTO_TEST_CASE(begins_where_asked_and_speaks_json) {
    scripted_bkes server{.steps = {{.first = 7, .count = 1}}};
    const auto done = server.run({"--from=7", "--json"});
    BOOST_TEST(done.out ==
               R"({"topic":"bkes","key":"k","partition":2,"order":7,"offset":107,"timestamp":7,)"
               R"("headers":[],"value":"v7"})"
               "\n");
    BOOST_TEST(server.asked.front().from_order == 7);
}

BOOST_AUTO_TEST_CASE(goes_on_over_a_restart_and_says_so_once) {
    constexpr std::int16_t not_leader = 6;
    scripted_bkes server{.steps = {{.first = 0, .count = 2},
                                   {.is_closed = true},
                                   {.is_closed = true},
                                   {.error_code = not_leader},
                                   {.first = 2, .count = 1},
                                   {.is_closed = true}}};
    const auto done = server.run();
    BOOST_TEST(done.code == exit_done);
    BOOST_TEST(lines_of(done.out) == 3U);
    BOOST_TEST(lines_of(done.err) == 2U);  // it went away twice
    BOOST_TEST(done.err.contains("the connection was closed; trying again from order 2 on"));
    BOOST_TEST(done.err.contains("the connection was closed; trying again from order 3 on"));
    BOOST_TEST(server.orders_asked() == (std::vector<std::int64_t>{0, 2, 2, 2, 2, 3, 3}),
               boost::test_tools::per_element());
    BOOST_TEST(server.connections == 5);
}

BOOST_AUTO_TEST_CASE(what_trying_again_can_not_help_ends_it) {
    constexpr std::int16_t topic_authorization_failed = 29;
    scripted_bkes server{
        .steps = {{.first = 0, .count = 1}, {.error_code = topic_authorization_failed}}};
    const auto refused = server.run();
    BOOST_TEST(refused.code == exit_refused);
    BOOST_TEST(refused.err.contains("TOPIC_AUTHORIZATION_FAILED"));
    BOOST_TEST(lines_of(refused.out) == 1U);
}

BOOST_AUTO_TEST_CASE(nobody_there_from_the_beginning_is_told) {
    std::string address;
    {
        const fake_bkes gone{fake_bkes::offer_all};
        address = gone.address();
    }
    const auto lost = proxy::tests::run_command_alone(
        tail_command(), {"bkes", "k", "--bootstrap-servers", address});
    BOOST_TEST(lost.code == exit_unreachable);
    BOOST_TEST(lost.err.contains("can't reach bkes at " + address));
}

BOOST_AUTO_TEST_SUITE_END()
