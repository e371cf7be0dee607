#include "store/seen_keys.hpp"

#include "store/head_cache.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <string>

using namespace bkes::store;

namespace {

constexpr std::size_t plenty = std::size_t{64} << 20U;

std::uint64_t hash_of(int number) {
    return head_cache::hash_of("key " + std::to_string(number));
}

/// Of a thousand that were never added.
double wrong_yesses(const seen_keys& seen) {
    int found = 0;
    constexpr int asked = 100'000;
    for (int number = 0; number < asked; ++number) {
        found += seen.may_hold(hash_of(-1 - number)) ? 1 : 0;
    }
    return found * 1'000.0 / asked;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(store_seen_keys)

BOOST_AUTO_TEST_CASE(never_denies_a_key_and_seldom_takes_another_for_one) {
    constexpr int keys = 200'000;
    seen_keys seen{keys, plenty};
    BOOST_TEST(wrong_yesses(seen) == 1'000);  // it may be one of those from before
    seen.has_all();
    BOOST_TEST(seen.bytes() <= keys * 10 / 8);
    for (int number = 0; number < keys; ++number) {
        seen.add(hash_of(number));
    }
    for (int number = 0; number < keys; ++number) {
        BOOST_REQUIRE(seen.may_hold(hash_of(number)));
    }
    const auto wrong = wrong_yesses(seen);
    BOOST_TEST(wrong < 20);
    BOOST_TEST(wrong > 1);  // else the question is wrong
}

BOOST_AUTO_TEST_CASE(with_more_keys_than_it_has_room_for_it_is_only_less_sure) {
    constexpr int keys = 200'000;
    seen_keys seen{keys, keys * 5 / 8};
    seen.has_all();
    BOOST_TEST(seen.bytes() <= std::size_t{keys} * 5 / 8);
    for (int number = 0; number < keys; ++number) {
        seen.add(hash_of(number));
    }
    for (int number = 0; number < keys; ++number) {
        BOOST_REQUIRE(seen.may_hold(hash_of(number)));
    }
    BOOST_TEST(wrong_yesses(seen) < 150);
}

BOOST_AUTO_TEST_CASE(any_number_of_keys_may_be_announced) {
    seen_keys none{0, plenty};
    none.has_all();
    BOOST_TEST(!none.may_hold(hash_of(1)));
    none.add(hash_of(1));
    BOOST_TEST(none.may_hold(hash_of(1)));
    const seen_keys most{std::numeric_limits<std::uint64_t>::max(), 1'000};
    BOOST_TEST(most.bytes() <= 1'000U);
}

BOOST_AUTO_TEST_SUITE_END()
