#include "protocol/batch/record_batch.hpp"
#include "protocol/messages/fetch_by_key.hpp"
#include "protocol/messages/list_keys.hpp"
#include "protocol/messages/metadata.hpp"
#include "protocol/messages/produce.hpp"
#include "sync/types/partitioner.hpp"
#include "tests/unit/proxy/commands/client_commands.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(proxy_commands_append)

using namespace bkes;
using namespace bkes::proxy;
using proxy::tests::fake_bkes;

namespace {

/// A bkes with one guarded topic of five partitions: what it knows, and what it was sent.
struct scripted_bkes {
    std::vector<protocol::list_keys_response::aggregate> known{};
    protocol::produce_response::topic::partition answer{.base_offset = 17};
    std::int32_t produced_to = -1;
    std::int16_t acks = 0;
    std::string key{};
    std::string value{};
    std::vector<std::pair<std::string, std::string>> headers{};

    void handle(const protocol::request_view& request, bytes& out) {
        if (request.header.key == protocol::api_versions_request::schema.key) {
            fake_bkes::offer_all(request, out);
        } else if (const auto asked = proxy::tests::as<protocol::list_keys_request>(request)) {
            protocol::list_keys_response response;
            for (const auto& one : known) {
                if (one.key.starts_with(asked->prefix) &&
                    std::ssize(response.keys) < asked->limit) {
                    response.keys.push_back(one);
                }
            }
            proxy::tests::respond(request, response, out);
        } else if (proxy::tests::as<protocol::metadata_request>(request)) {
            protocol::metadata_response response;
            auto& topic = response.topics.emplace_back();
            topic.name = "bkes";
            topic.partitions.resize(5);
            proxy::tests::respond(request, response, out);
        } else if (const auto produce = proxy::tests::as<protocol::produce_request>(request)) {
            take(*produce);
            protocol::produce_response response;
            response.responses.push_back({.name = "bkes", .partition_responses = {answer}});
            proxy::tests::respond(request, response, out);
        } else if (const auto fetch = proxy::tests::as<protocol::fetch_by_key_request>(request)) {
            protocol::fetch_by_key_response response;
            response.keys.push_back({.key = fetch->keys[0].key, .log_offsets = {16, 17, 18}});
            proxy::tests::respond(request, response, out);
        }
    }

    void take(const protocol::produce_request& request) {
        acks = request.acks;
        const auto& partition = request.topic_data.at(0).partition_data.at(0);
        produced_to = partition.index;
        const auto batch = protocol::decode_batch(*partition.records, 1 << 20);
        BOOST_REQUIRE(batch);
        BOOST_TEST(protocol::batch_crc_is_right(*partition.records));
        BOOST_REQUIRE_EQUAL(batch->records.size(), 1);
        key = *batch->records[0].key;
        value = *batch->records[0].value;
        protocol::for_each_header(batch->records[0].encoded_headers, [&](const auto& header) {
            headers.emplace_back(header.key, *header.value);
        });
    }

    proxy::tests::command_run run(std::vector<std::string> args, std::string input) {
        const fake_bkes server{[this](const auto& request, bytes& out) { handle(request, out); }};
        args.insert(args.begin(), "bkes");
        return proxy::tests::run_against(server, append_command(), std::move(args),
                                         std::move(input));
    }
};

/// Of the key `order-42`.
std::int32_t home_by(sync::partitioner rule) {
    return sync::partition_for_key(rule, "order-42", 5).value();
}

}  // namespace

BOOST_AUTO_TEST_CASE(new_aggregate_goes_where_kafka_puts_it) {
    scripted_bkes server;
    const auto done = server.run({"order-42", "--order", "0"}, "{\"a\":1}\n");
    BOOST_TEST(done.code == exit_done);
    BOOST_TEST(server.produced_to == home_by(sync::partitioner::murmur2));
    BOOST_TEST(server.acks == -1);
    BOOST_TEST(server.key == "order-42");
    BOOST_TEST(server.value == "{\"a\":1}");
    BOOST_TEST(
        (server.headers == std::vector<std::pair<std::string, std::string>>{{"order", "0"}}));
    BOOST_TEST(done.out == "appended order 0  partition " + std::to_string(server.produced_to) +
                               "  offset 17\n");
}

BOOST_AUTO_TEST_CASE(new_aggregate_goes_where_the_partitioner_says) {
    BOOST_TEST(home_by(sync::partitioner::crc32) != home_by(sync::partitioner::murmur2));
    for (const auto rule : {sync::partitioner::crc32, sync::partitioner::murmur2}) {
        scripted_bkes server;
        const auto setting = "--partitioner=" + std::string{name_of(rule)};
        BOOST_TEST(server.run({"order-42", "--order=0", setting}, "x").code == exit_done);
        BOOST_TEST(server.produced_to == home_by(rule));
    }
}

BOOST_AUTO_TEST_CASE(known_aggregate_stays_in_its_partition) {
    scripted_bkes server;
    const auto other = (home_by(sync::partitioner::murmur2) + 1) % 5;
    server.known = {{.key = "order-42", .partition = other, .next_order = 3},
                    {.key = "order-421", .partition = 0}};
    for (const auto* rule : {"murmur2", "crc32"}) {
        const std::vector<std::string> wish{"order-42", "--order=3", "--json", "--partitioner",
                                            rule};
        BOOST_TEST(server.run(wish, "x").code == exit_done);
        BOOST_TEST(server.produced_to == other);
    }
}

BOOST_AUTO_TEST_CASE(longer_key_is_not_taken_for_the_aggregate) {
    scripted_bkes server;
    const auto home = home_by(sync::partitioner::murmur2);
    server.known = {{.key = "order-421", .partition = (home + 1) % 5}};
    BOOST_TEST(server.run({"order-42", "--order=0"}, "x").code == exit_done);
    BOOST_TEST(server.produced_to == home);
}

BOOST_AUTO_TEST_CASE(order_is_found_when_none_was_named) {
    scripted_bkes server;
    server.known = {{.key = "k", .partition = 1, .start_order = 4, .next_order = 7}};
    const auto done = server.run({"k", "--order", "any"}, "x");
    BOOST_TEST(server.headers.at(0).second == "any");
    // The newest event is asked for first: from order 6 on, where the fake has offsets 16, 17.
    BOOST_TEST(done.out == "appended order 7  partition 1  offset 17\n");
}

BOOST_AUTO_TEST_CASE(headers_and_event_id_are_written) {
    scripted_bkes server;
    const auto done =
        server.run({"k", "--order=0", "--header", "a=b=c", "--header=d=", "--event-id", "id-1",
                    "--event-id-header", "ce_id", "--order-header", "version"},
                   "x");
    BOOST_TEST(done.code == exit_done);
    BOOST_TEST(
        (server.headers == std::vector<std::pair<std::string, std::string>>{
                               {"version", "0"}, {"ce_id", "id-1"}, {"a", "b=c"}, {"d", ""}}));
}

BOOST_AUTO_TEST_CASE(value_is_kept_exactly_when_asked) {
    scripted_bkes server;
    server.run({"k", "--order=0", "--exact"}, std::string{"a\0b\n", 4});
    BOOST_TEST(server.value == (std::string{"a\0b\n", 4}));
    scripted_bkes other;
    other.run({"00ff", "--key-hex", "--order=0"}, "a\n\n");
    BOOST_TEST(other.value == "a\n");
    BOOST_TEST(other.key == (std::string{"\0\xff", 2}));
}

BOOST_AUTO_TEST_CASE(conflict_is_refused_with_the_words_of_the_server) {
    scripted_bkes server;
    server.answer = {.error_code = 44,
                     .base_offset = -1,
                     .error_message = "bkes: order conflict: expected=7 got=5 partition=3 index=0"};
    const auto refused = server.run({"k", "--order=5"}, "x");
    BOOST_TEST(refused.code == exit_refused);
    BOOST_TEST(refused.out.empty());
    BOOST_TEST(refused.err ==
               "bkes: order conflict: expected=7 got=5 partition=3 index=0 (POLICY_VIOLATION)\n");
}

BOOST_AUTO_TEST_CASE(unknown_outcome_is_told) {
    scripted_bkes server;
    server.answer = {.error_code = 7, .base_offset = -1};
    const auto unknown = server.run({"k", "--order=5"}, "x");
    BOOST_TEST(unknown.code == exit_refused);
    BOOST_TEST(unknown.err.contains("REQUEST_TIMED_OUT"));
    BOOST_TEST(unknown.err.contains("not known"));

    const fake_bkes closing{[&](const auto& request, bytes& out) {
        if (request.header.key != protocol::produce_request::schema.key) {
            server.handle(request, out);
        }
    }};
    const auto lost =
        proxy::tests::run_against(closing, append_command(), {"bkes", "k", "--order=5"}, "x");
    BOOST_TEST(lost.code == exit_unreachable);
    BOOST_TEST(lost.err.contains("whether the event was written is not known"));
}

BOOST_AUTO_TEST_CASE(wrong_usage_sends_nothing) {
    const std::vector<std::vector<std::string>> wrong{
        {"k"},
        {"k", "--order=-1"},
        {"k", "--order=x"},
        {"k", "--order=9223372036854775808"},
        {"k", "--order=0", "--header", "noequals"},
        {"k", "--order=0", "--header", "order=1"},
        {"k", "--order=0", "--event-id", "x"},
        {"0g", "--key-hex", "--order=0"},
        {"012", "--key-hex", "--order=0"},
    };
    for (const auto& args : wrong) {
        BOOST_TEST_CONTEXT(args.back()) {
            scripted_bkes server;
            BOOST_TEST(server.run(args, "x").code == exit_usage);
            BOOST_TEST(server.produced_to == -1);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
