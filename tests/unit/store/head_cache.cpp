#include "store/head_cache.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace bkes;
using namespace bkes::store;

namespace {

using kind = head_cache::kind;

stored_head head_at(std::int64_t next_order) {
    stored_head entry;
    entry.head.next_order = event_order{next_order};
    return entry;
}

struct cache_of_64_kib {
    head_cache cache{64 * 1024};

    void put(const bytes& key, std::int64_t next_order, kind as = kind::written) {
        cache.put(head_cache::hash_of(key), key, head_at(next_order), as);
    }

    std::int64_t find(const bytes& key) {
        const auto found = cache.find(head_cache::hash_of(key), key);
        return found ? found->head.next_order.value() : -1;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(store_head_cache, cache_of_64_kib)

BOOST_AUTO_TEST_CASE(finds_the_newest_head) {
    BOOST_TEST(find("a") == -1);
    put("a", 1);
    put("b", 5);
    put("a", 2);
    BOOST_TEST(find("a") == 2);
    BOOST_TEST(find("b") == 5);
    cache.erase(head_cache::hash_of("a"), "a");
    BOOST_TEST(find("a") == -1);
    BOOST_TEST(find("b") == 5);
}

BOOST_AUTO_TEST_CASE(tells_keys_with_one_hash_apart) {
    cache.put(7, "a", head_at(1), kind::waiting);
    cache.put(7, "b", head_at(2), kind::waiting);
    BOOST_TEST(cache.find(7, "a")->head.next_order.value() == 1);
    BOOST_TEST(cache.find(7, "b")->head.next_order.value() == 2);
    BOOST_TEST(cache.waiting().size() == 2U);
}

BOOST_AUTO_TEST_CASE(stays_within_its_limit_and_keeps_what_is_used) {
    put("busy", 1);
    for (std::int64_t number = 0; number < 5'000; ++number) {
        put("a key of some length, number " + std::to_string(number), number);
        BOOST_REQUIRE_EQUAL(find("busy"), 1);
        BOOST_REQUIRE_LE(cache.bytes_used(), 64U * 1024U);
    }
    BOOST_TEST(cache.bytes_used() > 32U * 1024U);
    BOOST_TEST(find("a key of some length, number 4999") == 4999);
    BOOST_TEST(find("a key of some length, number 0") == -1);
}

BOOST_AUTO_TEST_CASE(ignores_very_long_keys) {
    put(bytes(2'000, 'k'), 1);
    BOOST_TEST(find(bytes(2'000, 'k')) == -1);
}

BOOST_AUTO_TEST_CASE(keeps_waiting_heads_until_they_are_written) {
    std::int64_t count = 0;
    while (cache.has_room_for_waiting(1, 40)) {
        put("waiting " + std::to_string(count), count, kind::waiting);
        ++count;
    }
    BOOST_TEST(count > 50);
    for (int number = 0; number < 2'000; ++number) {
        put("other " + std::to_string(number), number);
    }
    for (std::int64_t number = 0; number < count; ++number) {
        BOOST_REQUIRE_EQUAL(find("waiting " + std::to_string(number)), number);
    }
    BOOST_TEST(cache.waiting().size() == static_cast<std::size_t>(count));

    cache.mark_all_written();
    BOOST_TEST(cache.waiting().empty());
    BOOST_TEST(cache.has_room_for_waiting(static_cast<std::size_t>(count) / 2, 40));
    for (int number = 0; number < 4'000; ++number) {
        put("other " + std::to_string(number), number);
    }
    BOOST_TEST(find("waiting 0") == -1);
}

BOOST_AUTO_TEST_CASE(lists_waiting_heads_in_byte_order_with_their_newest_value) {
    put("b", 1, kind::waiting);
    put("\xff", 2, kind::waiting);
    put("a", 3, kind::waiting);
    put("b", 4, kind::waiting);
    put("c", 5);
    const auto waiting = cache.waiting();
    BOOST_REQUIRE_EQUAL(waiting.size(), 3U);
    BOOST_TEST(waiting[0].head_key == "a");
    BOOST_TEST(waiting[1].head_key == "b");
    BOOST_TEST(waiting[1].head->head.next_order.value() == 4);
    BOOST_TEST((waiting[2].head_key == "\xff"));
}

BOOST_AUTO_TEST_CASE(a_head_that_begins_goes_on_beginning_until_it_is_written) {
    put("a", 1, kind::waiting_to_begin);
    put("a", 2, kind::waiting);
    put("b", 1, kind::waiting);
    BOOST_TEST(cache.waiting()[0].begins);
    BOOST_TEST(!cache.waiting()[1].begins);
    cache.mark_all_written();
    put("a", 3, kind::waiting);
    BOOST_TEST(!cache.waiting()[0].begins);
}

BOOST_AUTO_TEST_SUITE_END()
