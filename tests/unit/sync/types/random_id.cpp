#include "sync/types/random_id.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <set>
#include <string>

BOOST_AUTO_TEST_SUITE(sync_types_random_id)

using namespace bkes;
using namespace bkes::sync;

BOOST_AUTO_TEST_CASE(no_two_are_equal) {
    std::set<uuid> made;
    for (int n = 0; n < 1000; ++n) {
        made.insert(random_id());
    }
    BOOST_TEST(made.size() == 1000U);
}

BOOST_AUTO_TEST_CASE(they_are_of_version_4_and_else_random) {
    uuid all_set;
    uuid all_clear{.octets = random_id().octets};
    for (int n = 0; n < 1000; ++n) {
        const auto id = random_id();
        for (std::size_t i = 0; i < id.octets.size(); ++i) {
            all_set.octets[i] |= id.octets[i];
            all_clear.octets[i] &= id.octets[i];
        }
    }
    BOOST_TEST(hex_of(all_set) == "ffffffffffff4fffbfffffffffffffff");
    BOOST_TEST(hex_of(all_clear) == "00000000000040008000000000000000");
}

BOOST_AUTO_TEST_CASE(as_text_they_have_two_digits_for_each_octet) {
    uuid id;
    for (std::size_t i = 0; i < id.octets.size(); ++i) {
        id.octets[i] = static_cast<std::uint8_t>(i * 0x11);
    }
    BOOST_TEST(hex_of(id) == "00112233445566778899aabbccddeeff");
    BOOST_TEST(hex_of({.octets = {0x01, 0xf0}}) == "01f0" + std::string(28, '0'));
}

BOOST_AUTO_TEST_SUITE_END()
