#include "sync/types/printable.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(sync_printable)

BOOST_AUTO_TEST_CASE(text_stays_as_it_is) {
    BOOST_TEST(bkes::sync::printable("order-4711 ~") == "order-4711 ~");
    BOOST_TEST(bkes::sync::printable("").empty());
}

BOOST_AUTO_TEST_CASE(what_could_forge_a_line_is_escaped) {
    using namespace std::string_view_literals;
    BOOST_TEST(bkes::sync::printable("a\nb\0\"\\\xff"sv) == R"(a\x0ab\x00\x22\x5c\xff)");
}

BOOST_AUTO_TEST_CASE(a_long_key_is_cut) {
    const std::string key(65, 'k');
    BOOST_TEST(bkes::sync::printable(key) == std::string(64, 'k') + "...");
    BOOST_TEST(bkes::sync::printable(key.substr(1)) == key.substr(1));
    BOOST_TEST(bkes::sync::printable(key, 65) == key);
}

BOOST_AUTO_TEST_SUITE_END()
