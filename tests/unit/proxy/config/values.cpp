#include "proxy/config/values.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(proxy_config_values)

using namespace bkes::proxy;

BOOST_AUTO_TEST_CASE(reads_numbers_within_their_bounds) {
    BOOST_TEST(parse_number(" 42 ", 0, 42).value() == 42);
    BOOST_TEST(parse_number("-1", -1, 0).value() == -1);
    for (const auto* text :
         {"", " ", "43", "-1", "4 2", "0x1", "1.0", "1k", "+1", "99999999999999999999"}) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(!parse_number(text, 0, 42));
        }
    }
}

BOOST_AUTO_TEST_CASE(reads_addresses) {
    BOOST_TEST((parse_host_port("kafka-1.example:9092") == host_port{"kafka-1.example", 9092}));
    BOOST_TEST((parse_host_port(" 127.0.0.1:0 ") == host_port{"127.0.0.1", 0}));
    BOOST_TEST((parse_host_port("[::1]:9092") == host_port{"::1", 9092}));
    for (const auto* text : {"", "host", "host:", ":9092", "host:65536", "host:-1", "host:9092x",
                             "::1:9092", "PLAINTEXT://host:9092", "a b:1", "[]:1", "host: 1,b:2"}) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(!parse_host_port(text));
        }
    }
}

BOOST_AUTO_TEST_CASE(prints_addresses_as_they_are_read) {
    BOOST_TEST(to_string({"::1", 9092}) == "[::1]:9092");
    BOOST_TEST(to_string({"h", 1}) == "h:1");
}

BOOST_AUTO_TEST_CASE(reads_lists_without_empty_elements) {
    BOOST_TEST((parse_list(" a , b ") == std::vector<std::string>{"a", "b"}));
    for (const auto* text : {"", ",", "a,", ",a", "a,,b", "a, ,b"}) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(!parse_list(text));
        }
    }
}

BOOST_AUTO_TEST_CASE(knows_legal_topic_names) {
    BOOST_TEST(is_topic_name("aZ0._-"));
    BOOST_TEST(is_topic_name("..."));
    BOOST_TEST(is_topic_name(std::string(249, 'x')));
    for (const auto& name : {std::string{}, std::string{"."}, std::string{".."}, std::string{"a b"},
                             std::string{"a/b"}, std::string{"\xc3\xa4"}, std::string(250, 'x')}) {
        BOOST_TEST_CONTEXT(name) {
            BOOST_TEST(!is_topic_name(name));
        }
    }
}

BOOST_AUTO_TEST_CASE(finds_what_was_probably_meant) {
    const std::vector<std::string> known{"listener", "topics", "hold.ms"};
    BOOST_TEST(closest("listners", known).value() == "listener");
    BOOST_TEST(closest("topic", known).value() == "topics");
    BOOST_TEST(closest("hold.sm", known).value() == "hold.ms");
    BOOST_TEST(!closest("x", known));
    BOOST_TEST(!closest("replication", known));
}

BOOST_AUTO_TEST_SUITE_END()
