#include "tests/unit/store/store_fixture.hpp"

#include <atomic>
#include <thread>

using namespace bkes;
using namespace bkes::store;
using namespace bkes::store::test;

namespace {

constexpr partition_id p0{0};

std::vector<owned_event> events_of(std::int64_t from, std::size_t count, std::int64_t keys) {
    std::vector<owned_event> events;
    for (auto offset = from; events.size() < count; ++offset) {
        events.push_back(event_at(offset, "key " + std::to_string(offset % keys)));
    }
    return events;
}

struct filling_store : store_fixture {
    memory_model model;

    filling_store() { open(); }

    void add(std::size_t count, std::int64_t keys) {
        const auto position = model.position(p0);
        const auto from = position ? position->next_offset.value() : 0;
        const auto events = events_of(from, count, keys);
        const auto after = position_at(from + static_cast<std::int64_t>(count));
        BOOST_REQUIRE(apply_when_not_busy(*store, p0, events, after));
        model.apply(p0, events, after);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(store_rocks_fill, filling_store)

BOOST_AUTO_TEST_CASE(keys_from_before_go_on_where_they_were) {
    add(1'500, 1'000);
    BOOST_REQUIRE(store->flush());
    add(1'500, 2'000);  // some of their heads wait in memory
    BOOST_REQUIRE(store->begin_fill(10'000));
    add(1'500, 3'000);
    check_equal(*store, model);
    BOOST_REQUIRE(store->begin_fill(1));  // once more, as somebody may
    add(1'500, 4'000);
    BOOST_REQUIRE(store->end_fill());
    BOOST_REQUIRE(store->end_fill());
    add(1'500, 5'000);
    check_equal(*store, model);
    open();
    check_equal(*store, model);
}

BOOST_AUTO_TEST_CASE(keys_that_come_while_the_others_are_looked_at_go_on_too) {
    add(20'000, 20'000);
    std::atomic<bool> is_over{false};
    std::jthread beginning{[&] {
        BOOST_TEST((store->begin_fill(100'000)).has_value());
        is_over = true;
    }};
    std::int64_t keys = 20'000;
    do {
        add(1'500, keys);
        keys += 500;
    } while (!is_over);
    beginning.join();
    add(20'000, keys);
    check_equal(*store, model);
}

BOOST_AUTO_TEST_CASE(what_is_taken_away_meanwhile_stays_away) {
    add(5'000, 1'000);
    BOOST_REQUIRE(store->begin_fill(10'000));
    add(5'000, 2'000);
    BOOST_REQUIRE(store->truncate(in_partition(p0), position_at(6'000)));
    model.truncate(p0, position_at(6'000));
    BOOST_REQUIRE(store->drop_before(in_partition(p0), log_offset{3'000}));
    model.drop_before(p0, log_offset{3'000});
    add(5'000, 2'000);
    BOOST_REQUIRE(store->end_fill());
    check_equal(*store, model);
    check_firsts();
}

BOOST_AUTO_TEST_CASE(the_memory_it_takes_is_that_of_the_store) {
    const auto events = std::uint64_t{1} << 40U;
    BOOST_REQUIRE(store->begin_fill(events));
    for (int round = 0; round < 20; ++round) {
        add(1'500, 1'000'000);
        BOOST_TEST(store->figures().memory_bytes <= memory_bytes);
    }
}

BOOST_AUTO_TEST_CASE(what_was_filled_is_on_the_disk) {
    BOOST_REQUIRE(store->begin_fill(10'000));
    add(1'500, 1'000);
    BOOST_REQUIRE(store->end_fill());
    const auto copy = directory.path() / "copy";  // as a crash would leave it
    std::filesystem::copy(store_path(), copy);
    auto of_copy = options();
    of_copy.directory = copy.string();
    const auto opened = event_store::open(of_copy);
    BOOST_REQUIRE(opened);
    check_equal(**opened, model);
}

BOOST_AUTO_TEST_CASE(little_that_is_to_come_changes_nothing) {
    add(20'000, 20'000);
    BOOST_REQUIRE(store->flush());
    BOOST_REQUIRE(store->begin_fill(1'000));
    const auto as_usual = store->figures().memory_bytes;
    BOOST_REQUIRE(store->begin_fill(1'000'000));
    BOOST_TEST(store->figures().memory_bytes > as_usual + (std::size_t{1} << 20U));
    BOOST_REQUIRE(store->end_fill());
    BOOST_TEST(store->figures().memory_bytes < as_usual + (std::size_t{1} << 20U));
}

BOOST_AUTO_TEST_SUITE_END()
