#include "protocol/header.hpp"

#include "protocol/errors.hpp"
#include "protocol/messages/api_versions.hpp"
#include "protocol/messages/list_keys.hpp"
#include "protocol/messages/sasl_handshake.hpp"
#include "tests/support/hex.hpp"

#include <boost/test/unit_test.hpp>

namespace bkes::protocol {

using tests::from_hex;
using tests::to_hex;

BOOST_AUTO_TEST_SUITE(protocol_header)

BOOST_AUTO_TEST_CASE(reads_a_plain_request) {
    const auto frame = from_hex("0011 0001 0000000a 0002 6d65 0005 504c41494e");
    const auto request = decode_request_header(frame);
    BOOST_REQUIRE(request);
    BOOST_TEST(request->header.key == 17);
    BOOST_TEST(request->header.version == 1);
    BOOST_TEST(request->header.correlation_id == 10);
    BOOST_TEST(*request->header.client_id == "me");
    BOOST_TEST(to_hex(request->body) == "0005504c41494e");
}

BOOST_AUTO_TEST_CASE(refuses_a_header_with_more_tags_than_anybody_sends) {
    const auto with_tags = [](unsigned count) {
        unknown_tagged_fields tags;
        for (std::uint32_t tag = 0; tag < count; ++tag) {
            tags.push_back({.tag = tag, .content = {}});
        }
        bytes header;
        BOOST_REQUIRE(append_request_header(
            {.key = 3, .version = 12, .client_id = "c", .unknown_tags = tags}, header));
        return decode_request_header(header).has_value();
    };
    BOOST_TEST(with_tags(100));
    BOOST_TEST(!with_tags(101));
}

BOOST_AUTO_TEST_CASE(reads_a_flexible_request_with_tags_and_null_client) {
    // Version 2 of the header keeps the client id's two-byte length.
    const auto frame = from_hex("0012 0003 0000000a ffff 01 05 02 abcd 01 01 00");
    const auto request = decode_request_header(frame);
    BOOST_REQUIRE(request);
    BOOST_TEST(!request->header.client_id);
    BOOST_TEST(request->header.unknown_tags.size() == 1U);
    BOOST_TEST(to_hex(request->body) == "010100");
    bytes again;
    BOOST_REQUIRE(append_request_header(request->header, again));
    BOOST_TEST(to_hex(again + bytes{request->body}) == to_hex(frame));
}

BOOST_AUTO_TEST_CASE(rejects_every_prefix_of_a_header) {
    const auto frame = from_hex("0012 0003 0000000a 0002 6d65 01 05 02 abcd");
    BOOST_TEST(decode_request_header(frame).has_value());
    for (std::size_t size = 0; size < frame.size(); ++size) {
        BOOST_TEST((decode_request_header(bytes_view{frame}.substr(0, size)).error() ==
                    protocol_errc::malformed));
    }
}

BOOST_AUTO_TEST_CASE(peeks_at_requests_of_unknown_apis) {
    const auto frame = from_hex("7000 0001 0000000a ffff");
    BOOST_TEST(peek_request_header(frame)->key == 0x7000);
    BOOST_TEST(peek_request_header(frame)->correlation_id == 10);
    BOOST_TEST((decode_request_header(frame).error() == protocol_errc::unsupported_version));
    BOOST_TEST(!peek_request_header(bytes_view{frame}.substr(0, 7)));
}

BOOST_AUTO_TEST_CASE(reads_responses_by_the_api) {
    const auto flexible = from_hex("0000000a 01 05 02 abcd 77");
    const auto response = decode_response_header(flexible, *find_api(3), 9);
    BOOST_REQUIRE(response);
    BOOST_TEST(response->correlation_id == 10);
    BOOST_TEST(to_hex(response->body) == "77");
    BOOST_TEST(to_hex(decode_response_header(flexible, *find_api(3), 8)->body) == "010502abcd77");
    // ApiVersions never has tagged fields in its response header.
    BOOST_TEST(to_hex(decode_response_header(flexible, *find_api(18), 4)->body) == "010502abcd77");
    BOOST_TEST(!decode_response_header(from_hex("000000"), *find_api(3), 9));
    BOOST_TEST(!decode_response_header(from_hex("0000000a"), *find_api(3), 9));
}

BOOST_AUTO_TEST_CASE(builds_request_frames) {
    bytes out = "x";
    BOOST_REQUIRE(append_request_frame({.version = 1, .correlation_id = 10, .client_id = "me"},
                                       sasl_handshake_request{.mechanism = "PLAIN"}, out));
    BOOST_TEST(to_hex(out) ==
               "78"
               "00000013"
               "00110001"
               "0000000a"
               "00026d65"
               "0005504c41494e");
    out.clear();
    BOOST_REQUIRE(append_request_frame({.version = 0, .correlation_id = 1},
                                       list_keys_request{.topic = "t", .limit = 2}, out));
    BOOST_TEST(to_hex(out) ==
               "00000014"
               "4e220000"
               "00000001"
               "ffff"
               "00"
               "0274"
               "01"
               "00"
               "00000002"
               "00");
}

BOOST_AUTO_TEST_CASE(builds_response_frames) {
    bytes out;
    BOOST_REQUIRE(append_response_frame(10, 3, api_versions_response{.error_code = 1}, out));
    BOOST_TEST(to_hex(out) ==
               "0000000c"
               "0000000a"
               "0001"
               "01"
               "00000000"
               "00");
    out.clear();
    BOOST_REQUIRE(append_response_frame(10, 0, list_keys_response{.error_code = 3}, out));
    BOOST_TEST(to_hex(out) ==
               "0000000e"
               "0000000a"
               "00"
               "00000000"
               "0003"
               "00"
               "01"
               "00");
    out.clear();
    BOOST_REQUIRE(append_encoded_response(10, *find_api(3), 9, "body", out));
    BOOST_TEST(to_hex(out) ==
               "00000009"
               "0000000a"
               "00"
               "626f6479");
}

BOOST_AUTO_TEST_CASE(leaves_the_target_alone_on_failure) {
    bytes out = "before";
    BOOST_TEST((append_request_frame({.version = 99}, sasl_handshake_request{}, out).error() ==
                protocol_errc::unsupported_version));
    const bytes long_id(32768, 'a');
    BOOST_TEST(
        (append_request_frame({.version = 1, .client_id = long_id}, sasl_handshake_request{}, out)
             .error() == protocol_errc::field_too_long));
    BOOST_TEST(
        (append_request_frame({.version = 1, .unknown_tags = {{}}}, sasl_handshake_request{}, out)
             .error() == protocol_errc::field_not_in_version));
    BOOST_TEST(!append_response_frame(1, 99, sasl_handshake_response{}, out));
    BOOST_TEST(out == "before");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::protocol
