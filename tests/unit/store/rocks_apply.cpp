#include "tests/unit/store/store_fixture.hpp"

#include <random>

using namespace bkes;
using namespace bkes::store;
using namespace bkes::store::test;

namespace {

constexpr partition_id p0{0};
constexpr partition_id p1{1};

struct open_store : store_fixture {
    open_store() { open(); }
};

owned_event declaring(std::int64_t offset, const bytes& key, std::int64_t order) {
    auto event = event_at(offset, key);
    event.declared_order = event_order{order};
    return event;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(store_rocks_apply, open_store)

BOOST_AUTO_TEST_CASE(numbers_events_of_a_key_in_the_order_of_the_log) {
    const auto report = apply(p0, {event_at(3, "a"), event_at(4, "b"), event_at(5, "a"),
                                   event_at(9, "a"), event_at(10, "b")});
    BOOST_TEST(report.applied == 5U);
    BOOST_TEST(report.misnumbered == 0U);
    apply(p0, {event_at(11, "a")});
    const auto events = read(p0, "a");
    BOOST_REQUIRE_EQUAL(events.size(), 4U);
    for (std::size_t index = 0; index < 4; ++index) {
        BOOST_TEST(events[index].declared_order->value() == static_cast<std::int64_t>(index));
    }
    BOOST_TEST(events[2].offset.value() == 9);
    const auto found = head("a");
    BOOST_REQUIRE(found);
    BOOST_TEST(found->next_order.value() == 4);
    BOOST_TEST(found->first_offset.value() == 3);
    BOOST_TEST(found->last_offset.value() == 11);
}

BOOST_AUTO_TEST_CASE(first_event_starts_at_its_declared_order) {
    const auto report = apply(p0, {declaring(0, "a", 7), declaring(1, "a", 8)});
    BOOST_TEST(report.misnumbered == 0U);
    BOOST_TEST(head("a")->start_order.value() == 7);
    BOOST_TEST(head("a")->next_order.value() == 9);
    BOOST_TEST(read(p0, "a", event_order{8}).size() == 1U);
}

BOOST_AUTO_TEST_CASE(counts_a_declared_order_that_disagrees) {
    const auto report = apply(p0, {declaring(0, "a", 0), declaring(1, "a", 5), event_at(2, "a")});
    BOOST_TEST(report.misnumbered == 1U);
    BOOST_TEST(head("a")->next_order.value() == 3);
}

BOOST_AUTO_TEST_CASE(ignores_a_first_order_that_leaves_no_room) {
    const auto largest = std::numeric_limits<std::int64_t>::max();
    const auto report = apply(p0, {declaring(0, "a", largest), declaring(1, "b", largest / 2 + 1)});
    BOOST_TEST(report.misnumbered == 1U);
    BOOST_TEST(head("a")->start_order.value() == 0);
    BOOST_TEST(head("b")->start_order.value() == std::int64_t{1} << 62U);
}

BOOST_AUTO_TEST_CASE(refuses_events_below_the_position_and_changes_nothing) {
    apply(p0, {event_at(0, "a"), event_at(1, "a")});
    const auto again = std::vector{event_at(1, "a"), event_at(2, "a")};
    const auto refused = store->apply(in_partition(p0), views_of(again), position_at(3));
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.error() == make_error_code(store_errc::out_of_order));
    BOOST_TEST(head("a")->next_order.value() == 2);
    BOOST_TEST((store->position(in_partition(p0)).value() == position_at(2)));
}

BOOST_AUTO_TEST_CASE(refuses_offsets_that_fall_or_pass_the_new_position) {
    const auto falling = std::vector{event_at(5, "a"), event_at(4, "a")};
    BOOST_TEST(!store->apply(in_partition(p0), views_of(falling), position_at(6)));
    const auto passing = std::vector{event_at(5, "a")};
    BOOST_TEST(!store->apply(in_partition(p0), views_of(passing), position_at(5)));
    BOOST_TEST(!head("a"));
}

BOOST_AUTO_TEST_CASE(moves_the_position_without_events_but_not_back) {
    BOOST_TEST(!store->position(in_partition(p0)).value());
    BOOST_TEST(store->apply(in_partition(p0), {}, position_at(17)).has_value());
    BOOST_TEST((store->position(in_partition(p0)).value() == position_at(17)));
    BOOST_TEST(!store->apply(in_partition(p0), {}, position_at(16)).has_value());
}

BOOST_AUTO_TEST_CASE(keeps_tombstones_and_empty_keys_and_bodies) {
    auto empty = event_at(0, "");
    empty.body.clear();
    apply(p0, {empty, event_at(1, "")});
    const auto events = read(p0, "");
    BOOST_REQUIRE_EQUAL(events.size(), 2U);
    BOOST_TEST(events[0].body.empty());
    BOOST_TEST(head("")->next_order.value() == 2);
}

BOOST_AUTO_TEST_CASE(keeps_keys_that_are_prefixes_of_each_other_apart) {
    using namespace std::string_literals;
    const std::vector<bytes> keys{
        ""s,   "\0"s,   "\0\0"s,     "\0\0\0\0\0\0\0\0"s, "a"s,         "a\0"s,        "a\xff"s,
        "ab"s, "\xff"s, "\xff\xff"s, "abcdefgh"s,         "abcdefghi"s, "\xff\0\xff"s, "abcdefgi"s};
    std::vector<owned_event> events;
    for (std::int64_t offset = 0; offset < 42; ++offset) {
        events.push_back(event_at(offset, keys[static_cast<std::size_t>(offset) % keys.size()]));
    }
    apply(p0, events);
    memory_model model;
    model.apply(p0, events, position_at(42));
    check_equal(*store, model);
}

BOOST_AUTO_TEST_CASE(reports_a_key_in_a_second_partition_once) {
    apply(p0, {event_at(0, "a", 20)});
    const auto report = apply(p1, {event_at(0, "a", 10), event_at(1, "a", 30)});
    BOOST_REQUIRE_EQUAL(report.split_keys.size(), 1U);
    BOOST_TEST(report.split_keys[0] == "a");
    BOOST_TEST(apply(p1, {event_at(2, "a", 40)}).split_keys.empty());
    BOOST_TEST(apply(p0, {event_at(1, "a", 40)}).split_keys.empty());
    const auto heads = store->find_heads(test_topic, "a");
    BOOST_REQUIRE(heads && heads->size() == 2);
    BOOST_TEST((heads->at(0).partition == p1));
    BOOST_TEST(heads->at(0).next_order.value() == 3);
    BOOST_TEST(heads->at(1).next_order.value() == 2);
    BOOST_TEST((head("a")->partition == p1));
}

BOOST_AUTO_TEST_CASE(equal_timestamps_make_the_lower_partition_home) {
    apply(p1, {event_at(0, "a", 10)});
    apply(p0, {event_at(0, "a", 10)});
    BOOST_TEST((head("a")->partition == p0));
}

BOOST_AUTO_TEST_CASE(rebuild_ends_the_same_in_any_order_of_partitions) {
    std::mt19937 random{std::random_device{}()};
    std::vector<std::vector<owned_event>> logs(3);
    for (auto& log : logs) {
        for (std::int64_t offset = 0; offset < 60; ++offset) {
            log.push_back(event_at(offset, "key " + std::to_string(random() % 20),
                                   static_cast<std::int64_t>(random() % 4)));
        }
    }
    memory_model model;
    for (std::int32_t partition = 0; partition < 3; ++partition) {
        model.apply(partition_id{partition}, logs[static_cast<std::size_t>(partition)],
                    position_at(60));
    }
    for (int round = 0; round < 5; ++round) {
        for (std::int32_t partition = 0; partition < 3; ++partition) {
            BOOST_REQUIRE(store->drop_partition(in_partition(partition_id{partition})));
        }
        std::vector<std::size_t> done(3);
        while (done != std::vector<std::size_t>{60, 60, 60}) {
            const auto partition = random() % 3;
            const auto from = done[partition];
            const auto to = std::min<std::size_t>(60, from + random() % 9);
            const std::vector part(logs[partition].begin() + static_cast<std::ptrdiff_t>(from),
                                   logs[partition].begin() + static_cast<std::ptrdiff_t>(to));
            if (!part.empty()) {
                apply(partition_id{static_cast<std::int32_t>(partition)}, part);
            }
            done[partition] = to;
        }
        check_equal(*store, model);
    }
}

BOOST_AUTO_TEST_CASE(keeps_a_large_event_and_a_long_aggregate) {
    auto large = event_at(0, "large");
    large.body.assign(std::size_t{1} << 20U, 'x');
    std::vector<owned_event> events{large};
    for (std::int64_t offset = 1; offset <= 20'000; ++offset) {
        events.push_back(event_at(offset, "long"));
    }
    apply(p0, events);
    BOOST_TEST(read(p0, "large").front().body == large.body);
    const auto read_back = read(p0, "long");
    BOOST_REQUIRE_EQUAL(read_back.size(), 20'000U);
    BOOST_TEST(read_back.back().body == "body of 20000");
    BOOST_TEST(read(p0, "long", event_order{19'990}).size() == 10U);
}

BOOST_AUTO_TEST_CASE(topics_are_apart) {
    apply(p0, {event_at(0, "a")});
    const auto events = std::vector{event_at(0, "a"), event_at(1, "a")};
    BOOST_REQUIRE(store->apply({"bke", p0}, views_of(events), position_at(2)));
    BOOST_TEST(head("a")->next_order.value() == 1);
    BOOST_TEST(store->find_head("bke", "a").value()->next_order.value() == 2);
    BOOST_TEST(!store->find_head("bk", "a").value());
    BOOST_TEST(store->list_keys("bke", "", std::nullopt, 10, no_limit)->size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
