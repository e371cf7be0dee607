#include "sync/quotas/quota_watch.hpp"

#include "protocol/kafka_error.hpp"
#include "tests/support/io_fixture.hpp"
#include "tests/support/scripted_broker.hpp"

#include <boost/test/unit_test.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <optional>
#include <sstream>

using namespace bkes;
using namespace bkes::sync;
using namespace std::chrono_literals;
using bkes::test::reply;
using bkes::test::scripted_broker;

namespace {

using answer = protocol::describe_client_quotas_response;

answer::entry entry_of(bytes_view type, std::optional<bytes_view> name, bytes_view key,
                       double value) {
    return {.entity = {{.entity_type = type, .entity_name = name}},
            .values = {{.key = key, .value = value}}};
}

/// A broker that gives all client ids 1,000 bytes a second, or an error.
struct watched : bkes::test::io_fixture {
    watched() : io_fixture{10s}, before{spdlog::default_logger()} {
        spdlog::set_default_logger(std::make_shared<spdlog::logger>(
            "test", std::make_shared<spdlog::sinks::ostream_sink_st>(log)));
        connect();
    }

    watched(const watched&) = delete;
    watched& operator=(const watched&) = delete;

    ~watched() { spdlog::set_default_logger(before); }

    void connect() {
        link = std::make_shared<broker_link>(
            context,
            broker_link_options{.host = "127.0.0.1", .port = broker.port(), .client_id = "test"});
        bool is_open = false;
        link->open([&is_open](std::error_code error) { is_open = !error; });
        run_until([&is_open] { return is_open; });
    }

    reply answer_quotas(const protocol::request_view& request) {
        const auto asked = protocol::decode<protocol::describe_client_quotas_request>(
            request.body, request.header.version);
        BOOST_REQUIRE(asked);
        BOOST_TEST(asked->components.empty());
        BOOST_TEST(!asked->strict);
        ++questions;
        answer told{.error_code = error_code};
        if (error_code == 0) {
            told.entries->push_back(
                entry_of("client-id", std::nullopt, "producer_byte_rate", 1'000));
        } else {
            told.entries.reset();
        }
        return scripted_broker::answer(request, told);
    }

    /// A new one each time, as one asks now and then only.
    void ask() {
        const auto before_it = questions;
        std::make_shared<quota_watch>(quotas, "the command")->ask(*link);
        run_until([&] { return questions > before_it && link->in_flight() == 0; });
    }

    std::ostringstream log;
    std::shared_ptr<spdlog::logger> before;
    int questions = 0;
    std::int16_t error_code = 0;
    scripted_broker broker{context, [this](const protocol::request_view& request) {
                               return request.header.key == answer::schema.key
                                          ? answer_quotas(request)
                                          : scripted_broker::answer_versions(request);
                           }};
    std::shared_ptr<broker_link> link;
    std::shared_ptr<client_quotas> quotas = std::make_shared<client_quotas>();
};

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_quotas_quota_watch)

BOOST_AUTO_TEST_CASE(quotas_for_producing_are_read) {
    answer told;
    told.entries->push_back(entry_of("client-id", "app", "producer_byte_rate", 1));
    told.entries->push_back(entry_of("client-id", "reader", "consumer_byte_rate", 2));
    told.entries->push_back(entry_of("ip", "127.0.0.1", "connection_creation_rate", 3));
    auto both = entry_of("user", "alice", "request_percentage", 4);
    both.entity.push_back({.entity_type = "client-id", .entity_name = std::nullopt});
    both.values.push_back({.key = "producer_byte_rate", .value = 5});
    told.entries->push_back(both);
    told.entries->push_back(entry_of("user", std::nullopt, "producer_byte_rate", 6));
    const auto table = read_quotas(told);
    BOOST_TEST((table.find({.user = "bob", .client_id = "app"}) ==
                client_quota{.user = "bob", .client_id = "", .bytes_per_second = 6}));
    BOOST_TEST((table.find({.user = "alice", .client_id = "x"}) ==
                client_quota{.user = "alice", .client_id = "x", .bytes_per_second = 5}));
    told.entries->resize(3);
    BOOST_TEST((read_quotas(told).find({.user = "bob", .client_id = "app"}) ==
                client_quota{.user = "", .client_id = "app", .bytes_per_second = 1}));
    BOOST_TEST(!read_quotas(told).find({.user = "bob", .client_id = "reader"}).has_value());
    told.entries->front().entity.push_back({.entity_type = "something new", .entity_name = "x"});
    BOOST_TEST(!read_quotas(told).is_limiting());
    told.entries.reset();
    BOOST_TEST(!read_quotas(told).is_limiting());
}

BOOST_FIXTURE_TEST_CASE(what_the_broker_tells_counts, watched) {
    ask();
    BOOST_TEST(quotas->is_limiting());
}

BOOST_FIXTURE_TEST_CASE(it_is_asked_now_and_then_only, watched) {
    const auto watch = std::make_shared<quota_watch>(quotas, "the command");
    watch->ask(*link);
    watch->ask(*link);
    run_until([this] { return link->in_flight() == 0; });
    BOOST_TEST(questions == 1);
}

BOOST_FIXTURE_TEST_CASE(without_the_right_there_is_a_line_and_what_was_known_stays, watched) {
    ask();
    error_code = static_cast<std::int16_t>(protocol::kafka_error::cluster_authorization_failed);
    ask();
    BOOST_TEST(log.str().contains("quotas of clients can't be read"));
    BOOST_TEST(log.str().contains("reason=CLUSTER_AUTHORIZATION_FAILED add=\"the command\""));
    BOOST_TEST(quotas->is_limiting());
}

BOOST_AUTO_TEST_SUITE_END()
