#include "protocol/batch/record_batch.hpp"
#include "protocol/messages/fetch_by_key.hpp"
#include "tests/unit/proxy/commands/client_commands.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(proxy_commands_get)

using namespace bkes;
using namespace bkes::proxy;
using proxy::tests::fake_bkes;

namespace {

/// Key `k` in partition 2 with events 1 to 4; each answer holds `per_page` of them, two a batch.
struct scripted_bkes {
    std::int64_t per_page = 10;
    std::vector<std::int64_t> asked{};

    void handle(const protocol::request_view& request, bytes& out) {
        const auto fetch = proxy::tests::as<protocol::fetch_by_key_request>(request);
        if (!fetch) {
            fake_bkes::offer_all(request, out);
            return;
        }
        const auto from = fetch->keys.at(0).from_order;
        asked.push_back(from);
        protocol::fetch_by_key_response response;
        auto& found = response.keys.emplace_back();
        found.key = fetch->keys[0].key;
        bytes records;
        if (fetch->topic != "bkes") {
            response.keys.clear();
            response.error_code = 3;
            response.error_message = "bkes: not a guarded topic";
        } else if (found.key == "k") {
            fill(found, std::max<std::int64_t>(from, 1), records);
        }
        proxy::tests::respond(request, response, out);
    }

    void fill(protocol::fetch_by_key_response::aggregate& found, std::int64_t from,
              bytes& records) const {
        found.partition = 2;
        found.start_order = 1;
        found.next_order = 5;
        const auto end = std::min<std::int64_t>(5, from + per_page);
        while (from < end) {
            protocol::batch_builder builder{records};
            const auto first = from;
            for (; from < end && from < first + 2; ++from) {
                const auto value = "v" + std::to_string(from);
                builder.add({.timestamp_ms = from,
                             .key = "k",
                             .body = protocol::encode_record_body(value, {})});
                found.log_offsets.push_back(100 + from);
            }
            builder.finish(log_offset{first}, {});
        }
        found.records = records;
    }

    proxy::tests::command_run run(std::vector<std::string> args) {
        const fake_bkes server{[this](const auto& request, bytes& out) { handle(request, out); }};
        return proxy::tests::run_against(server, get_command(), std::move(args));
    }
};

const std::string all_events =
    "order 1  offset 101  1970-01-01T00:00:00.001Z  []  v1\n"
    "order 2  offset 102  1970-01-01T00:00:00.002Z  []  v2\n"
    "order 3  offset 103  1970-01-01T00:00:00.003Z  []  v3\n"
    "order 4  offset 104  1970-01-01T00:00:00.004Z  []  v4\n";

}  // namespace

BOOST_AUTO_TEST_CASE(prints_all_events_of_a_key) {
    scripted_bkes server;
    const auto done = server.run({"bkes", "k"});
    BOOST_TEST(done.code == exit_done);
    BOOST_TEST(done.out == all_events);
    BOOST_TEST(done.err.empty());
}

BOOST_AUTO_TEST_CASE(goes_on_with_the_next_page) {
    scripted_bkes server{.per_page = 1};
    BOOST_TEST(server.run({"bkes", "k"}).out == all_events);
    BOOST_TEST(server.asked == (std::vector<std::int64_t>{0, 2, 3, 4}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(begins_where_asked) {
    scripted_bkes server;
    const auto done = server.run({"bkes", "k", "--from", "4", "--json"});
    BOOST_TEST(done.out ==
               R"({"topic":"bkes","key":"k","partition":2,"order":4,"offset":104,"timestamp":4,)"
               R"("headers":[],"value":"v4"})"
               "\n");
}

BOOST_AUTO_TEST_CASE(key_never_seen_is_said_to_people_only) {
    scripted_bkes server;
    const auto people = server.run({"bkes", "other"});
    BOOST_TEST(people.code == exit_done);
    BOOST_TEST(people.err.contains("never seen"));
    BOOST_TEST(people.out.empty());
    BOOST_TEST(server.run({"bkes", "other", "--json"}).err.empty());
}

BOOST_AUTO_TEST_CASE(answer_without_progress_is_a_failure_and_no_loop) {
    scripted_bkes server{.per_page = 0};
    const auto failed = server.run({"bkes", "k"});
    BOOST_TEST(failed.code == exit_refused);
    BOOST_TEST(failed.err.contains("sent no events from order 0 on"));
    BOOST_TEST(server.asked.size() == 1);
}

BOOST_AUTO_TEST_CASE(refusal_is_told) {
    scripted_bkes server;
    const auto refused = server.run({"nix", "k"});
    BOOST_TEST(refused.code == exit_refused);
    BOOST_TEST(refused.err == "bkes: not a guarded topic (UNKNOWN_TOPIC_OR_PARTITION)\n");
}

BOOST_AUTO_TEST_SUITE_END()
