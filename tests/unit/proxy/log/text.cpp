#include "proxy/log/text.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(proxy_text)

using namespace bkes::proxy;
using namespace std::string_view_literals;

BOOST_AUTO_TEST_CASE(tells_utf8_from_other_bytes) {
    for (const auto text : {""sv, "abc"sv, "\xc3\xa4"sv, "\xe2\x82\xac"sv, "\xf0\x9f\x98\x80"sv,
                            "\0"sv, "\xed\x9f\xbf"sv, "\xf4\x8f\xbf\xbf"sv}) {
        BOOST_TEST_CONTEXT(to_hex(text)) {
            BOOST_TEST(is_utf8(text));
        }
    }
    for (const auto text : {"\x80"sv, "\xc3"sv, "\xc0\x80"sv, "\xc1\xbf"sv, "\xe0\x80\x80"sv,
                            "\xed\xa0\x80"sv, "\xf0\x80\x80\x80"sv, "\xf4\x90\x80\x80"sv,
                            "\xf5\x80\x80\x80"sv, "\xff"sv, "a\xe2\x82"sv, "\xc3(\xa4"sv}) {
        BOOST_TEST_CONTEXT(to_hex(text)) {
            BOOST_TEST(!is_utf8(text));
        }
    }
}

BOOST_AUTO_TEST_CASE(leaves_plain_words_alone) {
    BOOST_TEST(in_quotes("order-42") == "order-42");
}

BOOST_AUTO_TEST_CASE(quotes_everything_else) {
    BOOST_TEST(in_quotes("") == R"("")");
    BOOST_TEST(in_quotes("a b") == R"("a b")");
    BOOST_TEST(in_quotes("a=b") == R"("a=b")");
    BOOST_TEST(in_quotes("a\"\\\n\r\t\x1b\x7f") == R"("a\"\\\n\r\t\x1b\x7f")");
    BOOST_TEST(in_quotes("\xc3\xa4\xff\xc3") == "\"\xc3\xa4\\xff\\xc3\"");
    BOOST_TEST(in_quotes("a\0b"sv) == R"("a\x00b")");
}

BOOST_AUTO_TEST_CASE(cuts_long_values) {
    BOOST_TEST(in_quotes("abcdef", 6) == "abcdef");
    BOOST_TEST(in_quotes("abcdefg", 6) == "\"abcdef\"...");
}

BOOST_AUTO_TEST_SUITE_END()
