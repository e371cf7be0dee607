#include "sync/membership/member_name.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

BOOST_AUTO_TEST_SUITE(sync_membership_member_name)

using namespace bkes::sync;

namespace {

const std::string instance = "0123456789abcdef0123456789abcdef";

void check_round_trip(const member_name& name, const std::string& client_id) {
    BOOST_TEST(client_id_of(name) == client_id);
    const auto parsed = parse_member_name(client_id);
    BOOST_REQUIRE(parsed.has_value());
    BOOST_TEST(parsed->host == name.host);
    BOOST_TEST(parsed->port == name.port);
    BOOST_TEST(parsed->instance == name.instance);
}

}  // namespace

BOOST_AUTO_TEST_CASE(is_read_as_it_was_written) {
    check_round_trip({.host = "bkes-1.example", .port = 9092, .instance = instance},
                     "bkes:1:bkes-1.example:9092:" + instance);
    check_round_trip({.host = "10.0.0.1", .port = 1, .instance = instance},
                     "bkes:1:10.0.0.1:1:" + instance);
    check_round_trip({.host = "a", .port = 65'535, .instance = instance},
                     "bkes:1:a:65535:" + instance);
}

BOOST_AUTO_TEST_CASE(has_brackets_around_ipv6) {
    check_round_trip({.host = "::1", .port = 9092, .instance = instance},
                     "bkes:1:[::1]:9092:" + instance);
    check_round_trip({.host = "fe80::1:2", .port = 9092, .instance = instance},
                     "bkes:1:[fe80::1:2]:9092:" + instance);
}

BOOST_AUTO_TEST_CASE(is_nothing_else) {
    const std::string refused[] = {
        "",
        "rdkafka",
        "bkes",
        "bkes:1:",
        "bkes:1:host",
        "bkes:1:" + instance,
        "bkes:1:9092:" + instance,
        "bkes:2:host:9092:" + instance,  // of a later version
        "Bkes:1:host:9092:" + instance,
        " bkes:1:host:9092:" + instance,
        "bkes:1::9092:" + instance,
        "bkes:1:host::" + instance,
        "bkes:1:host:0:" + instance,
        "bkes:1:host:65536:" + instance,
        "bkes:1:host:-1:" + instance,
        "bkes:1:host:9092x:" + instance,
        "bkes:1:host:x9092:" + instance,
        "bkes:1:host: 9092:" + instance,
        "bkes:1:::1:9092:" + instance,     // IPv6 without brackets
        "bkes:1:[host]:9092:" + instance,  // brackets without IPv6
        "bkes:1:[]:9092:" + instance,
        "bkes:1:[::1:9092:" + instance,
        "bkes:1:::1]:9092:" + instance,
        "bkes:1:host:9092:",
        "bkes:1:host:9092:" + instance.substr(1),
        "bkes:1:host:9092:" + instance + "0",
        "bkes:1:host:9092:" + instance + ":more",
        "bkes:1:host:9092:0123456789ABCDEF0123456789abcdef",
        "bkes:1:host:9092:0123456789abcdeg0123456789abcdef",
    };
    for (const auto& text : refused) {
        BOOST_TEST(!parse_member_name(text), text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
