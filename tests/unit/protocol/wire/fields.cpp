// The idiom itself, on a message made for it that has one of everything.

#include "protocol/wire/fields.hpp"

#include "protocol/errors.hpp"
#include "protocol/wire/codec_instances.hpp"
#include "protocol/wire/number_of.hpp"
#include "tests/support/hex.hpp"

#include <boost/test/unit_test.hpp>

namespace bkes::protocol {

namespace {

struct sample_item {
    bytes_view name{};
    std::int32_t count = 7;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("name", m.name);
        f("count", m.count, since(2));
    }
};

/// Flexible from version 2 on.
struct sample {
    static constexpr message_schema schema{
        .name = "sample", .key = 1, .versions = {0, 3}, .flexible_since = 2};

    std::int16_t number = 0;
    std::optional<bytes_view> text = bytes_view{};
    std::int32_t strict = -1;
    std::int32_t lax = -1;
    std::optional<std::vector<sample_item>> items = std::vector<sample_item>{};
    std::vector<std::int32_t> numbers{};
    std::optional<sample_item> maybe{};
    bytes_view blob{};
    std::int64_t tagged_number = 5;
    std::vector<bytes_view> tagged_texts{};
    sample_item tagged_item{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("number", m.number);
        f("text", m.text, always.nullable(1));
        f("strict", m.strict, between(1, 2));
        f("lax", m.lax, since(1).ignorable());
        f("items", m.items, since(1).nullable(2));
        f("numbers", m.numbers, since(1));
        f("maybe", m.maybe, since(3).nullable());
        f.bytes("blob", m.blob, since(1));
        f.tag(0, "tagged_number", m.tagged_number, since(2));
        f.tag(2, "tagged_texts", m.tagged_texts, since(3));
        f.tag(4, "tagged_item", m.tagged_item, since(2).ignorable());
    }
};

/// One of everything that exists in every version from 1 on.
sample filled() {
    return {.number = 258,
            .text = "ab",
            .strict = 1,
            .lax = 2,
            .items = std::vector<sample_item>{{.name = "x"}},
            .numbers = {9},
            .blob = "B"};
}

std::string encoded(const sample& message, std::int16_t version) {
    bytes out;
    const auto done = encode(message, version, out);
    return done ? tests::to_hex(out) : done.error().message();
}

sample decoded(std::string_view hex, std::int16_t version) {
    static bytes body;  // the views point into it
    body = tests::from_hex(hex);
    auto message = decode<sample>(body, version);
    BOOST_REQUIRE(message);
    return std::move(*message);
}

std::error_code decode_error(std::string_view hex, std::int16_t version) {
    const auto body = tests::from_hex(hex);
    const auto message = decode<sample>(body, version);
    return message ? std::error_code{} : message.error();
}

void check_malformed(std::string_view hex, std::int16_t version) {
    BOOST_TEST_CONTEXT(hex << " v" << version) {
        BOOST_TEST(decode_error(hex, version) == protocol_errc::malformed);
    }
}

const std::string not_in_version = make_error_code(protocol_errc::field_not_in_version).message();

}  // namespace

BOOST_AUTO_TEST_SUITE(protocol_wire_fields)

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

BOOST_AUTO_TEST_CASE(locates_what_it_would_decode) {
    auto message = filled();
    message.strict = -1;
    message.numbers = {9, 8};
    message.maybe = sample_item{.name = "m"};
    message.tagged_texts = {"t1", "t2"};
    bytes body;
    BOOST_REQUIRE(encode(message, 3, body));
    std::string seen;
    const auto done = locate<sample>(body, 3, [&](const located_field& field) {
        seen += std::string{field.path} + "=" + tests::to_hex(field.value) + "/" +
                std::to_string(field.count) + " ";
        return walk::go_on;
    });
    BOOST_TEST(done.has_value());
    BOOST_TEST(seen ==
               "number=0102/0 text=6162/0 lax=00000002/0 items=/1 items.name=78/0 "
               "items.count=00000007/0 numbers=0000000900000008/2 maybe.name=6d/0 "
               "maybe.count=00000007/0 blob=42/0 tagged_texts=/2 tagged_texts[]=7431/0 "
               "tagged_texts[]=7432/0 ");
    const auto tags = locate_tagged_fields<sample>(body, 3);
    BOOST_TEST(tests::to_hex(bytes_view{body}.substr(*tags)) ==
               "01"
               "0207"
               "03"
               "037431"
               "037432");
}

BOOST_AUTO_TEST_CASE(locates_no_further_than_told) {
    // What follows the first field is broken, and isn't looked at.
    const auto body = tests::from_hex(
        "0007"
        "0001");
    std::int16_t number = 0;
    const auto done = locate<sample>(body, 1, [&](const located_field& field) {
        number = number_of<std::int16_t>(field.value);
        return walk::stop;
    });
    BOOST_TEST(done.has_value());
    BOOST_TEST(number == 7);
}

BOOST_AUTO_TEST_CASE(describes_the_fields_of_a_version) {
    const sample message{.number = 1,
                         .text = std::nullopt,
                         .items = std::vector<sample_item>{{.name = "a\n\""}},
                         .numbers = {1, 2},
                         .tagged_texts = {"x", "y"},
                         .unknown_tags = {{.tag = 9, .content = "?"}}};
    BOOST_TEST(describe(message, 1) ==
               "{number: 1, text: null, strict: -1, lax: -1, items: [{name: \"a\\x0a\\\"\"}], "
               "numbers: [1, 2], blob: \"\", tag_9: \"?\"}");
    BOOST_TEST(describe(sample{}, 3) ==
               "{number: 0, text: \"\", lax: -1, items: [], numbers: [], maybe: null, blob: \"\", "
               "tagged_number: 5, tagged_texts: [], tagged_item: {name: \"\", count: 7}}");
}

BOOST_AUTO_TEST_CASE(prints_its_schema_cut_to_what_exists) {
    BOOST_TEST(schema_text<sample>() ==
               "sample key=1 versions=0-3 flexible=2-3\n"
               "  number int16 versions=0-3 default=0\n"
               "  text string versions=0-3 nullable=1-3 default=\"\"\n"
               "  strict int32 versions=1-2 default=-1\n"
               "  lax int32 versions=1-3 default=-1 ignorable\n"
               "  items []struct versions=1-3 nullable=2-3 default=[]\n"
               "    name string versions=1-3 default=\"\"\n"
               "    count int32 versions=2-3 default=7\n"
               "  numbers []int32 versions=1-3 default=[]\n"
               "  maybe struct versions=3-3 nullable=3-3 default=null\n"
               "    name string versions=3-3 default=\"\"\n"
               "    count int32 versions=3-3 default=7\n"
               "  blob bytes versions=1-3 default=\"\"\n"
               "  tagged_number int64 versions=2-3 tag=0 default=5\n"
               "  tagged_texts []string versions=3-3 tag=2 default=[]\n"
               "  tagged_item struct versions=2-3 tag=4 ignorable\n"
               "    name string versions=2-3 default=\"\"\n"
               "    count int32 versions=2-3 default=7\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::protocol
