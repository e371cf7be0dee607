#include "tests/unit/protocol/wire/sample_message.hpp"

#include <boost/test/unit_test.hpp>

namespace bkes::protocol {

BOOST_AUTO_TEST_SUITE(protocol_wire_decoder)

BOOST_AUTO_TEST_CASE(keeps_a_known_tag_unknown_where_the_version_lacks_it) {
    const std::string hex =
        "0000"
        "01"
        "00000000"
        "00000000"
        "01"
        "01"
        "01"
        "01"
        "0203"
        "020274";
    const auto message = decoded(hex, 2);
    BOOST_TEST(message.tagged_texts.empty());
    BOOST_TEST(message.unknown_tags.size() == 1U);
    BOOST_TEST(encoded(message, 2) == hex);
}

BOOST_AUTO_TEST_CASE(keeps_the_default_of_what_the_version_lacks) {
    const auto message = decoded(
        "0001"
        "000161",
        0);
    BOOST_TEST(message.strict == -1);
    BOOST_TEST(message.tagged_number == 5);
    BOOST_TEST(message.items.has_value());
}

BOOST_AUTO_TEST_CASE(reads_null_by_version) {
    check_malformed(
        "0000"
        "ffff",
        0);
    const auto message = decoded(
        "0000"
        "ffff"
        "00000000"
        "00000000"
        "00000000"
        "00000000"
        "00000000",
        1);
    BOOST_TEST(!message.text);
    check_malformed(
        "0000"
        "0000"
        "00000000"
        "00000000"
        "ffffffff"
        "00000000"
        "00000000",
        1);
    BOOST_TEST(!decoded("0000"
                        "01"
                        "00000000"
                        "00000000"
                        "00"
                        "01"
                        "01"
                        "00",
                        2)
                    .items);
    // Never null: an array of numbers, bytes.
    check_malformed(
        "0000"
        "01"
        "00000000"
        "00000000"
        "00"
        "00"
        "01"
        "00",
        2);
    check_malformed(
        "0000"
        "01"
        "00000000"
        "00000000"
        "00"
        "01"
        "00"
        "00",
        2);
}

BOOST_AUTO_TEST_CASE(marks_a_null_struct_with_a_byte) {
    const auto null = encoded({}, 3);
    BOOST_TEST(null ==
               "0000"
               "01"
               "ffffffff"
               "01"
               "01"
               "ff"
               "01"
               "00");
    BOOST_TEST(!decoded(null, 3).maybe);
    const auto some = encoded({.maybe = sample_item{.name = "m"}}, 3);
    BOOST_TEST(some ==
               "0000"
               "01"
               "ffffffff"
               "01"
               "01"
               "01"
               "026d"
               "00000007"
               "00"
               "01"
               "00");
    BOOST_TEST(decoded(some, 3).maybe->name == "m");
}

BOOST_AUTO_TEST_CASE(rejects_versions_it_does_not_have) {
    BOOST_TEST(decode_error("0000", -1) == protocol_errc::unsupported_version);
    BOOST_TEST(decode_error("0000", 4) == protocol_errc::unsupported_version);
    BOOST_TEST(encoded({}, 4) == make_error_code(protocol_errc::unsupported_version).message());
}

BOOST_AUTO_TEST_CASE(rejects_lying_lengths) {
    // Text, items, numbers, blob: each with a length far over what follows, or below null.
    check_malformed(
        "0000"
        "7fff",
        0);
    check_malformed(
        "0000"
        "fffe",
        0);
    check_malformed(
        "0000"
        "0000"
        "00000000"
        "00000000"
        "7fffffff"
        "00",
        1);
    check_malformed(
        "0000"
        "0000"
        "00000000"
        "00000000"
        "fffffffe"
        "00",
        1);
    check_malformed(
        "0000"
        "0000"
        "00000000"
        "00000000"
        "00000000"
        "40000000"
        "00",
        1);
    check_malformed(
        "0000"
        "01"
        "00000000"
        "00000000"
        "ffffffff0f"
        "00",
        2);
    check_malformed(
        "0000"
        "ffffffff0f",
        2);
}

BOOST_AUTO_TEST_CASE(rejects_bad_tagged_fields) {
    const std::string front =
        "0000"
        "01"
        "00000000"
        "00000000"
        "01"
        "01"
        "01";
    BOOST_TEST(decode_error(front + "00", 2) == std::error_code{});
    check_malformed(front + "01", 2);  // none follows
    check_malformed(front +
                        "0100"
                        "07"
                        "00000000000000",
                    2);  // content too short
    check_malformed(front +
                        "0100"
                        "09"
                        "000000000000000000",
                    2);                        // content too long
    check_malformed(front + "0205000500", 2);  // the same twice
    check_malformed(front + "0206000500", 2);  // descending
    check_malformed(front + "ffffffff0f", 2);  // too many
    check_malformed(front +
                        "00"
                        "00",
                    2);  // a byte left over
}

BOOST_AUTO_TEST_CASE(counts_elements_before_it_believes_them) {
    bytes body;
    BOOST_REQUIRE(encode(sample{.items = std::vector<sample_item>(3),
                                .numbers = {1, 2},
                                .tagged_item = {.unknown_tags = {{.tag = 9, .content = "t"}}},
                                .unknown_tags = {{.tag = 7, .content = "u"}}},
                         2, body));
    const auto memory =
        3 * sizeof(sample_item) + 2 * sizeof(std::int32_t) + 2 * sizeof(unknown_tagged_field);
    BOOST_TEST(decode<sample>(body, 2, memory).has_value());
    for (std::size_t less = 0; less < memory; ++less) {
        const auto refused = decode<sample>(body, 2, less);
        BOOST_REQUIRE(!refused);
        BOOST_REQUIRE(refused.error() == protocol_errc::too_many_elements);
    }
}

BOOST_AUTO_TEST_CASE(a_length_that_lies_takes_nothing) {
    // Items are claimed for each of the bytes that follow, and none of those is an item.
    const auto body = tests::from_hex(
                          "000001000000000000000000"
                          "00ffff") +
                      bytes(0xffff, '\0');
    BOOST_TEST(!decode<sample>(body, 2, 1024));
}

BOOST_AUTO_TEST_CASE(refuses_strings_that_kafka_refuses) {
    const bytes longest(32767, 'a');
    const bytes longer(32768, 'a');
    bytes out;
    BOOST_TEST(encode(sample{.text = longest}, 2, out).has_value());
    BOOST_TEST(decode<sample>(out, 2).has_value());
    out = "before";
    BOOST_TEST((encode(sample{.text = longer}, 2, out).error() == protocol_errc::field_too_long));
    BOOST_TEST(out == "before");
    check_malformed(
        "0000"
        "818002" +
            tests::to_hex(longer) +
            "00000000"
            "00000000"
            "01"
            "01"
            "01"
            "00",
        2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::protocol
