#include "proxy/config/properties.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(proxy_config_properties)

using bkes::proxy::config_error;
using bkes::proxy::escape_property;
using bkes::proxy::parse_properties;

namespace {

/// Key and value of a text that holds one setting.
std::pair<std::string, std::string> only(std::string_view text) {
    const auto found = parse_properties(text, "f");
    BOOST_REQUIRE_EQUAL(found.size(), 1);
    return {found[0].key, found[0].value};
}

void check_only(std::string_view text, std::string_view key, std::string_view value) {
    BOOST_TEST_CONTEXT(text) {
        const auto found = only(text);
        BOOST_TEST(found.first == key);
        BOOST_TEST(found.second == value);
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(splits_at_equals_colon_or_blank) {
    check_only("topics=a,b", "topics", "a,b");
    check_only("topics:a,b", "topics", "a,b");
    check_only("topics a,b", "topics", "a,b");
    check_only("  topics \t = \t a,b", "topics", "a,b");
    check_only("topics = = a", "topics", "= a");
    check_only("listener=h:1", "listener", "h:1");
    check_only("topics", "topics", "");
    check_only("topics=", "topics", "");
}

BOOST_AUTO_TEST_CASE(keeps_blanks_at_the_end_of_a_value) {
    check_only("a=b \t", "a", "b \t");
}

BOOST_AUTO_TEST_CASE(skips_comments_and_empty_lines) {
    const auto found = parse_properties("# one\n\n  ! two \\\n\t\na=1\n #b=2\nc=#3", "f");
    BOOST_REQUIRE_EQUAL(found.size(), 2);
    BOOST_TEST(found[0].key == "a");
    BOOST_TEST(found[1].value == "#3");
}

BOOST_AUTO_TEST_CASE(joins_lines_that_end_with_an_odd_number_of_backslashes) {
    check_only("topics=a,\\\n   b,\\\r\n\tc", "topics", "a,b,c");
    check_only("a=1\\\\", "a", "1\\");
    check_only("a=1\\\\\\\n2", "a", "1\\2");
    check_only("a=1\\", "a", "1");
    check_only("a=1\\\n#2", "a", "1#2");
}

BOOST_AUTO_TEST_CASE(knows_every_line_end) {
    BOOST_TEST(parse_properties("a=1\nb=2\r\nc=3\rd=4", "f").size() == 4);
}

BOOST_AUTO_TEST_CASE(resolves_escapes) {
    check_only("a\\=b\\:c\\ d=e", "a=b:c d", "e");
    check_only("a=\\t\\n\\r\\f\\q\\\\", "a", "\t\n\r\fq\\");
    check_only("a=\\u0041\\u00e4\\u20AC", "a", "A\xc3\xa4\xe2\x82\xac");
    check_only("a=\\uD83D\\uDE00", "a", "\xf0\x9f\x98\x80");
    check_only("a=\xc3\xa4", "a", "\xc3\xa4");
}

BOOST_AUTO_TEST_CASE(refuses_malformed_unicode_naming_the_line) {
    for (const auto* text :
         {"x=1\na=\\u12", "x=1\na=\\u12g4", "x=1\na=\\uD83D", "x=1\na=\\uDE00\\uD83D"}) {
        BOOST_CHECK_EXCEPTION(parse_properties(text, "my.properties"), config_error, [](auto& e) {
            return std::string_view{e.what()}.starts_with("my.properties:2: ");
        });
    }
}

BOOST_AUTO_TEST_CASE(names_the_line_on_which_a_setting_starts) {
    const auto found = parse_properties("# comment\na=1\\\n2\nb=3", "dir/f");
    BOOST_REQUIRE_EQUAL(found.size(), 2);
    BOOST_TEST(found[0].source == "dir/f:2");
    BOOST_TEST(found[1].source == "dir/f:4");
}

BOOST_AUTO_TEST_CASE(skips_a_byte_order_mark) {
    check_only(
        "\xef\xbb\xbf"
        "a=1",
        "a", "1");
}

BOOST_AUTO_TEST_CASE(escaped_values_are_read_back_unchanged) {
    for (const std::string value : {"", " a b ", "a\\b\\", "one\ntwo\r\t\f", "=x:#!", "\xc3\xa4"}) {
        check_only("k=" + escape_property(value), "k", value);
    }
}

BOOST_AUTO_TEST_SUITE_END()
