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
    bool is_of_first_release = false;
    bool starts_over = false;  ///< downwards
    std::vector<std::int64_t> asked{};

    void handle(const protocol::request_view& request, bytes& out) {
        const auto fetch = proxy::tests::as<protocol::fetch_by_key_request>(request);
        if (!fetch) {
            is_of_first_release ? fake_bkes::offer_all_of_first_release(request, out)
                                : fake_bkes::offer_all(request, out);
            return;
        }
        const auto& range = fetch->keys.at(0);
        asked.push_back(range.from_order);
        protocol::fetch_by_key_response response;
        auto& found = response.keys.emplace_back();
        found.key = range.key;
        bytes records;
        if (fetch->topic != "bkes") {
            response.keys.clear();
            response.error_code = 3;
            response.error_message = "bkes: not a guarded topic";
        } else if (found.key == "k") {
            const auto most = range.max_events == 0
                                  ? per_page
                                  : std::min<std::int64_t>(per_page, range.max_events);
            if (range.direction == protocol::fetch_by_key_request::descending) {
                const auto end =
                    (starts_over ? 4 : std::min<std::int64_t>(range.from_order, 4)) + 1;
                fill(found, std::max<std::int64_t>(end - most, 1), end, records);
            } else {
                const auto from = std::max<std::int64_t>(range.from_order, 1);
                fill(found, from, std::min<std::int64_t>(5, from + most), records);
            }
        }
        proxy::tests::respond(request, response, out);
    }

    static void fill(protocol::fetch_by_key_response::aggregate& found, std::int64_t from,
                     std::int64_t end, bytes& records) {
        found.partition = 2;
        found.start_order = 1;
        found.next_order = 5;
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

    /// The orders printed, as `4 3 `.
    std::string orders(std::vector<std::string> args) {
        args.insert(args.begin(), {"bkes", "k"});
        const auto done = run(std::move(args));
        BOOST_TEST(done.code == exit_done);
        BOOST_TEST(done.err.empty());
        std::string printed;
        std::istringstream lines{done.out};
        for (std::string line; std::getline(lines, line);) {
            printed += line.substr(6, line.find("  ") - 6) + " ";  // behind "order "
        }
        return printed;
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

BOOST_AUTO_TEST_CASE(prints_the_newest_first) {
    for (const std::int64_t per_page : {10, 3, 1}) {
        scripted_bkes server{.per_page = per_page};
        BOOST_TEST(server.orders({"--reverse"}) == "4 3 2 1 ");
        BOOST_TEST(server.orders({"--reverse", "--from", "3"}) == "3 2 1 ");
        BOOST_TEST(server.orders({"--reverse", "--from=9", "--last=2"}) == "4 3 ");
        BOOST_TEST(server.orders({"--reverse", "--last=3"}) == "4 3 2 ");
        BOOST_TEST(server.orders({"--reverse", "--from=0"}).empty());
    }
    scripted_bkes server{.per_page = 3};
    server.orders({"--reverse"});
    BOOST_TEST(server.asked == (std::vector<std::int64_t>{INT64_MAX, 1}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(prints_the_last_in_their_order) {
    for (const std::int64_t per_page : {10, 3, 1}) {
        scripted_bkes server{.per_page = per_page};
        BOOST_TEST(server.orders({"--last", "2"}) == "3 4 ");
        BOOST_TEST(server.orders({"--last=9"}) == "1 2 3 4 ");
        BOOST_TEST(server.orders({"--last=3", "--from=3"}) == "3 4 ");
        BOOST_TEST(server.orders({"--last=1", "--from=3"}) == "4 ");
    }
    // One question is enough where they fit.
    scripted_bkes server;
    server.orders({"--last=2"});
    BOOST_TEST(server.asked.size() == 1U);
    BOOST_TEST(server.run({"bkes", "k", "--last=0"}).code == exit_usage);
}

BOOST_AUTO_TEST_CASE(an_older_bkes_reads_upwards_only) {
    scripted_bkes server{.is_of_first_release = true};
    BOOST_TEST(server.run({"bkes", "k"}).out == all_events);
    for (const auto* option : {"--reverse", "--last=1"}) {
        const auto refused = server.run({"bkes", "k", option});
        BOOST_TEST(refused.code == exit_refused);
        BOOST_TEST(refused.err.contains("is an older bkes, which doesn't read from the end"));
        BOOST_TEST(refused.out.empty());
    }
}

BOOST_AUTO_TEST_CASE(key_never_seen_is_said_to_people_only) {
    scripted_bkes server;
    const auto people = server.run({"bkes", "other"});
    BOOST_TEST(people.code == exit_done);
    BOOST_TEST(people.err.contains("never seen"));
    BOOST_TEST(people.out.empty());
    BOOST_TEST(server.run({"bkes", "other", "--json"}).err.empty());
    for (const auto* option : {"--reverse", "--last=1"}) {
        const auto from_the_end = server.run({"bkes", "other", option});
        BOOST_TEST(from_the_end.code == exit_done);
        BOOST_TEST(from_the_end.err.contains("never seen"));
    }
}

BOOST_AUTO_TEST_CASE(answer_without_progress_is_a_failure_and_no_loop) {
    scripted_bkes server{.per_page = 0};
    const auto failed = server.run({"bkes", "k"});
    BOOST_TEST(failed.code == exit_refused);
    BOOST_TEST(failed.err.contains("sent no events from order 0 on"));
    BOOST_TEST(server.asked.size() == 1);
    const auto reversed = server.run({"bkes", "k", "--reverse"});
    BOOST_TEST(reversed.code == exit_refused);
    BOOST_TEST(server.asked.size() == 2);
    // Or with the same events again and again.
    scripted_bkes stuck{.per_page = 1, .starts_over = true};
    const auto round = stuck.run({"bkes", "k", "--reverse"});
    BOOST_TEST(round.code == exit_refused);
    BOOST_TEST(round.err.contains("sent no events from order 3 on"));
    BOOST_TEST(stuck.asked.size() == 2);
}

BOOST_AUTO_TEST_CASE(refusal_is_told) {
    scripted_bkes server;
    const auto refused = server.run({"nix", "k"});
    BOOST_TEST(refused.code == exit_refused);
    BOOST_TEST(refused.err == "bkes: not a guarded topic (UNKNOWN_TOPIC_OR_PARTITION)\n");
}

BOOST_AUTO_TEST_SUITE_END()
