#include "protocol/wire/tagged_fields.hpp"

#include "protocol/errors.hpp"
#include "protocol/messages/node_endpoint.hpp"
#include "protocol/messages/produce.hpp"
#include "tests/support/hex.hpp"

#include <boost/test/unit_test.hpp>

namespace bkes::protocol {

using tests::from_hex;
using tests::to_hex;

BOOST_AUTO_TEST_SUITE(protocol_wire_tagged_fields)

BOOST_AUTO_TEST_CASE(finds_a_field) {
    const auto section = from_hex("02 00 01 aa 03 02 bbcc");
    BOOST_TEST(to_hex(**find_tagged_field(section, 0)) == "aa");
    BOOST_TEST(to_hex(**find_tagged_field(section, 3)) == "bbcc");
    BOOST_TEST(!*find_tagged_field(section, 1));
    BOOST_TEST(!*find_tagged_field("", 0));
}

BOOST_AUTO_TEST_CASE(rejects_broken_sections) {
    for (const auto* hex : {"01", "0100", "010002aa", "020001aa0001bb", "0000", "ffffffff0f"}) {
        const auto section = from_hex(hex);
        BOOST_TEST(!find_tagged_field(section, 0));
        bytes out = "before";
        const auto done = replace_tagged_field(section, 0, "", out);
        BOOST_TEST((!done && done.error() == protocol_errc::malformed));
        BOOST_TEST(out == "before");
    }
}

BOOST_AUTO_TEST_CASE(replaces_or_adds_a_field_in_order) {
    const auto changed = [](std::string_view hex, std::uint32_t tag) {
        bytes out;
        BOOST_REQUIRE(replace_tagged_field(from_hex(hex), tag, "new", out));
        return to_hex(out);
    };
    BOOST_TEST(changed("02 01 01 aa 03 02 bbcc", 3) ==
               "02"
               "0101aa"
               "03036e6577");
    BOOST_TEST(changed("02 01 01 aa 03 02 bbcc", 2) ==
               "03"
               "0101aa"
               "02036e6577"
               "0302bbcc");
    BOOST_TEST(changed("00", 0) ==
               "01"
               "00036e6577");
}

BOOST_AUTO_TEST_CASE(changes_addresses_without_rebuilding_the_message) {
    const produce_response answer{
        .responses = {{.name = "t", .partition_responses = {{.index = 1, .error_code = 6}}}},
        .node_endpoints = {{.node_id = 1, .host = "broker.internal", .port = 9092, .rack = "r"}},
        .unknown_tags = {{.tag = 7, .content = "later"}}};
    bytes body;
    BOOST_REQUIRE(encode(answer, 10, body));

    const auto begin = locate_tagged_fields<produce_response>(body, 10);
    BOOST_REQUIRE(begin);
    const auto section = bytes_view{body}.substr(*begin);
    auto endpoints = decode_node_endpoints(**find_tagged_field(section, 0));
    BOOST_REQUIRE(endpoints);
    endpoints->at(0).host = "127.0.0.1";
    endpoints->at(0).port = 9193;
    bytes out{bytes_view{body}.substr(0, *begin)};
    BOOST_REQUIRE(replace_tagged_field(section, 0, *encode_node_endpoints(*endpoints), out));

    auto expected = answer;
    expected.node_endpoints.at(0).host = "127.0.0.1";
    expected.node_endpoints.at(0).port = 9193;
    bytes expected_body;
    BOOST_REQUIRE(encode(expected, 10, expected_body));
    BOOST_TEST(to_hex(out) == to_hex(expected_body));
}

BOOST_AUTO_TEST_CASE(rejects_endpoints_with_bytes_left_over) {
    BOOST_TEST(decode_node_endpoints(from_hex("01")).has_value());
    BOOST_TEST(!decode_node_endpoints(from_hex("0100")));
    BOOST_TEST(!decode_node_endpoints(from_hex("02")));
    BOOST_TEST(!decode_node_endpoints(""));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::protocol
