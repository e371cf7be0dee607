#include "tests/unit/protocol/wire/sample_message.hpp"

#include <boost/test/unit_test.hpp>

namespace bkes::protocol {

BOOST_AUTO_TEST_SUITE(protocol_wire_encoder)

BOOST_AUTO_TEST_CASE(writes_plain_versions_with_wide_lengths) {
    BOOST_TEST(encoded(filled(), 1) ==
               "0102"
               "00026162"
               "00000001"
               "00000002"
               "00000001"
               "000178"
               "00000001"
               "00000009"
               "0000000142");
}

BOOST_AUTO_TEST_CASE(writes_flexible_versions_with_compact_lengths_and_tags) {
    BOOST_TEST(encoded(filled(), 2) ==
               "0102"
               "036162"
               "00000001"
               "00000002"
               "02"
               "0278"
               "00000007"
               "00"
               "02"
               "00000009"
               "0242"
               "00");
}

BOOST_AUTO_TEST_CASE(leaves_out_tagged_fields_at_their_default) {
    BOOST_TEST(encoded({.tagged_number = 5}, 2).ends_with("0100"));
    BOOST_TEST(encoded({.tagged_number = 6}, 2)
                   .ends_with("01"
                              "0008"
                              "0000000000000006"));
    BOOST_TEST(encoded({.tagged_item = {.count = 7}}, 2).ends_with("0100"));
    BOOST_TEST(encoded({.tagged_item = {.count = 8}}, 2)
                   .ends_with("01"
                              "0406"
                              "01"
                              "00000008"
                              "00"));
}

BOOST_AUTO_TEST_CASE(merges_unknown_tags_in_ascending_order) {
    const auto hex =
        encoded({.maybe = sample_item{.name = "m"},
                 .tagged_number = 6,
                 .tagged_texts = {"t"},
                 .unknown_tags = {{.tag = 1, .content = "one"}, {.tag = 300, .content = ""}}},
                3);
    BOOST_TEST(
        hex.ends_with("04"
                      "0008"
                      "0000000000000006"
                      "01036f6e65"
                      "0203"
                      "020274"
                      "ac0200"));
    const auto again = decoded(hex, 3);
    BOOST_TEST(again.unknown_tags.size() == 2U);
    BOOST_TEST(again.unknown_tags[0].content == "one");
    BOOST_TEST(again.tagged_texts.at(0) == "t");
    BOOST_TEST(encoded(again, 3) == hex);
}

BOOST_AUTO_TEST_CASE(refuses_to_lose_a_field_unless_it_is_ignorable) {
    BOOST_TEST(encoded({.strict = 3}, 0) == not_in_version);
    BOOST_TEST(encoded({.strict = 3}, 3) == not_in_version);
    BOOST_TEST(encoded({.lax = 3}, 0) == "00000000");
    BOOST_TEST(encoded({.numbers = {1}}, 0) == not_in_version);
    BOOST_TEST(encoded({.maybe = sample_item{}}, 2) == not_in_version);
    BOOST_TEST(encoded({.blob = "x"}, 0) == not_in_version);
    BOOST_TEST(encoded({.tagged_number = 6}, 1) == not_in_version);
    BOOST_TEST(encoded({.tagged_texts = {"x"}}, 2) == not_in_version);
    BOOST_TEST(encoded({.tagged_item = {.count = 1}}, 0) == "00000000");
    BOOST_TEST(encoded({.unknown_tags = {{.tag = 9, .content = ""}}}, 1) == not_in_version);
}

BOOST_AUTO_TEST_CASE(writes_null_by_version) {
    BOOST_TEST(encoded({.text = std::nullopt}, 0) == not_in_version);
    BOOST_TEST(encoded({.text = std::nullopt}, 1)
                   .starts_with("0000"
                                "ffff"));
    BOOST_TEST(encoded({.items = std::nullopt}, 1) == not_in_version);
    BOOST_TEST(encoded({.items = std::nullopt}, 2) ==
               "0000"
               "01"
               "ffffffff"
               "ffffffff"
               "00"
               "01"
               "01"
               "00");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::protocol
