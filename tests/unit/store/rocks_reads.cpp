// Reads of one aggregate: what they show is of one moment, whatever happens meanwhile.

#include "tests/unit/store/store_fixture.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

using namespace bkes;
using namespace bkes::store;
using namespace bkes::store::test;

namespace {

constexpr partition_id p0{0};
constexpr partition_id p1{1};

struct reading : store_fixture {
    reading() { open(); }

    struct read_result {
        std::optional<aggregate_head> head;
        std::vector<std::pair<std::int64_t, bytes>> events;  ///< orders and bodies
        int starts = 0;
    };

    read_result read_from(const bytes& key, std::optional<event_order> from,
                          read_direction direction = read_direction::ascending) {
        read_result found;
        const auto done = store->read_aggregate(
            test_topic, key, direction,
            [&](const std::optional<aggregate_head>& head) {
                found.head = head;
                ++found.starts;
                return from;
            },
            [&](const stored_event& event) {
                found.events.emplace_back(event.order.value(), bytes{event.body});
                return true;
            });
        BOOST_REQUIRE(done);
        BOOST_TEST(found.starts == 1);
        return found;
    }
};

/// Whether the events are exactly those that the head promises. The test below gives each event the
/// offset that its order asks for, and events that take the place of others another time.
result<bool> is_whole(event_store& store, bytes_view key, read_direction direction) {
    std::optional<aggregate_head> promised;
    std::vector<owned_event> events;
    bool sound = true;
    const auto done = store.read_aggregate(
        test_topic, key, direction,
        [&](const std::optional<aggregate_head>& head) -> std::optional<event_order> {
            promised = head;
            if (!head) {
                return std::nullopt;
            }
            return direction == read_direction::ascending ? head->start_order
                                                          : head->next_order + -1;
        },
        [&](const stored_event& event) {
            sound = sound && event.offset.value() == event.order.value() &&
                    event.body == "body of " + std::to_string(event.order.value());
            events.push_back({event.offset, event.timestamp_ms, {}, event.order, {}});
            return true;
        });
    if (!done) {
        return failure{done.error()};
    }
    if (!promised || promised->start_order == promised->next_order) {
        return sound && events.empty();
    }
    if (direction == read_direction::descending) {
        std::ranges::reverse(events);
    }
    const auto count = promised->next_order - promised->start_order;
    return sound && static_cast<std::int64_t>(events.size()) == count &&
           *events.front().declared_order == promised->start_order &&
           events.front().offset == promised->first_offset &&
           events.front().timestamp_ms == promised->first_timestamp_ms &&
           events.back().offset == promised->last_offset &&
           events.back().timestamp_ms == promised->last_timestamp_ms;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(store_rocks_reads, reading)

BOOST_AUTO_TEST_CASE(an_aggregate_is_read_from_the_order_that_its_head_suggests) {
    apply(p0, {event_at(0, "a"), event_at(1, "b"), event_at(2, "a"), event_at(3, "a")});
    const auto all = read_from("a", event_order{0});
    BOOST_REQUIRE(all.head);
    BOOST_TEST(all.head->next_order.value() == 3);
    BOOST_REQUIRE_EQUAL(all.events.size(), 3U);
    BOOST_TEST((all.events[1] == std::pair{std::int64_t{1}, bytes{"body of 2"}}));
    BOOST_TEST(read_from("a", event_order{2}).events.size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_aggregate_is_read_downwards) {
    using events = std::vector<std::pair<std::int64_t, bytes>>;
    apply(p0, {event_at(0, "a"), event_at(1, "b"), event_at(2, "a"), event_at(3, "a")});
    apply(p1, {event_at(0, "A"), event_at(1, "aa"), event_at(2, "c")});
    // From memory, from a file, and from both.
    for (int round = 0; round < 3; ++round) {
        const auto down = [&](std::int64_t from) {
            return read_from("a", event_order{from}, read_direction::descending).events;
        };
        const events all{{2, "body of 3"}, {1, "body of 2"}, {0, "body of 0"}};
        BOOST_TEST((down(2) == all));
        BOOST_TEST((down(1) == events{all.begin() + 1, all.end()}));
        BOOST_TEST((down(0) == events{all.back()}));
        if (round == 0) {
            BOOST_REQUIRE(store->flush());
        } else if (round == 1) {
            apply(p0, {event_at(4, "a")});
            BOOST_TEST(down(3).size() == 4U);
        }
    }
}

BOOST_AUTO_TEST_CASE(reading_downwards_ends_where_retention_did) {
    apply(p0, {event_at(0, "a"), event_at(1, "a"), event_at(2, "a"), event_at(3, "a")});
    BOOST_REQUIRE(store->flush());
    BOOST_REQUIRE(store->drop_before(in_partition(p0), log_offset{2}));
    const auto found = read_from("a", event_order{3}, read_direction::descending);
    BOOST_REQUIRE_EQUAL(found.events.size(), 2U);
    BOOST_TEST(found.events.front().first == 3);
    BOOST_TEST(found.events.back().first == 2);
}

BOOST_AUTO_TEST_CASE(no_order_or_one_that_is_not_there_reads_no_event) {
    apply(p0, {event_at(0, "a"), event_at(1, "a"), event_at(2, "a")});
    BOOST_REQUIRE(store->drop_before(in_partition(p0), log_offset{1}));
    BOOST_TEST(read_from("a", std::nullopt).head->next_order.value() == 3);
    for (const auto direction : {read_direction::ascending, read_direction::descending}) {
        for (const std::int64_t outside : {-1, 0, 3, 4}) {
            const auto found = read_from("a", event_order{outside}, direction);
            BOOST_TEST(found.head->start_order.value() == 1);
            BOOST_TEST(found.events.empty());
        }
    }
    const auto unknown = read_from("unknown", event_order{0});
    BOOST_TEST(!unknown.head);
    BOOST_TEST(unknown.events.empty());
}

BOOST_AUTO_TEST_CASE(an_aggregate_is_read_at_its_home) {
    apply(p1, {event_at(0, "a", 5), event_at(1, "a", 6)});
    apply(p0, {event_at(7, "a", 9)});
    const auto found = read_from("a", event_order{0});
    BOOST_TEST((found.head->partition == p1));
    BOOST_TEST(found.events.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_visitor_ends_the_reading) {
    apply(p0, {event_at(0, "a"), event_at(1, "a")});
    int visited = 0;
    BOOST_REQUIRE(store->read_aggregate(
        test_topic, "a", read_direction::ascending,
        [](const auto& head) { return std::optional{head->start_order}; },
        [&](const stored_event& /*event*/) { return ++visited < 1; }));
    BOOST_TEST(visited == 1);
}

BOOST_AUTO_TEST_CASE(what_is_read_while_front_and_end_move_is_of_one_moment) {
    constexpr std::int64_t rounds = 1000;
    constexpr std::int64_t grown = 40;
    constexpr std::int64_t kept = 60;
    std::atomic<bool> running{true};
    std::atomic<bool> sound{true};
    std::atomic<std::int64_t> readings{0};
    const auto follow = [&](read_direction direction) {
        while (running) {
            const auto whole = is_whole(*store, "a", direction);
            if (!whole || !*whole) {
                sound = false;
            }
            ++readings;
        }
    };
    {
        std::vector<std::jthread> readers;
        readers.emplace_back(follow, read_direction::ascending);
        readers.emplace_back(follow, read_direction::descending);
        std::int64_t next = 0;
        const auto grow = [&](std::int64_t count, std::int64_t round) {
            std::vector<owned_event> events;
            for (; count > 0; --count) {
                events.push_back(event_at(next++, "a", round));
            }
            apply(p0, events);
        };
        for (std::int64_t round = 0; round < rounds || readings < 10'000; ++round) {
            grow(grown, round);
            if (next > kept) {
                BOOST_REQUIRE(store->drop_before(in_partition(p0), log_offset{next - kept}));
            }
            next -= grown / 2;
            BOOST_REQUIRE(store->truncate(in_partition(p0), position_at(next)));
        }
        running = false;
    }
    BOOST_TEST(sound.load());
}

BOOST_AUTO_TEST_CASE(pages_of_keys_follow_byte_order_within_a_prefix) {
    using namespace std::string_literals;
    std::vector<owned_event> events;
    for (const auto& key : {"b"s, "a"s, "a\xff"s, "a\xff\xff"s, "ab"s, "a\0"s, "\xff\xff"s, ""s}) {
        events.push_back(event_at(static_cast<std::int64_t>(events.size()), key));
    }
    apply(partition_id{0}, events);
    const auto keys = [&](bytes_view prefix, std::optional<bytes_view> after, std::size_t limit,
                          std::size_t bytes_max = no_limit) {
        std::vector<bytes> found;
        for (const auto& listed :
             store->list_keys(test_topic, prefix, after, limit, bytes_max).value()) {
            found.push_back(listed.key);
        }
        return found;
    };
    const std::vector with_a{"a"s, "a\0"s, "ab"s, "a\xff"s, "a\xff\xff"s};
    BOOST_TEST((keys("a", {}, 10) == with_a));
    BOOST_TEST((keys("a", "ab", 10) == std::vector{"a\xff"s, "a\xff\xff"s}));
    BOOST_TEST((keys("a", "0", 2) == std::vector{"a"s, "a\0"s}));
    BOOST_TEST(keys("a", "b", 10).empty());
    BOOST_TEST((keys("\xff", {}, 10) == std::vector{"\xff\xff"s}));
    BOOST_TEST(keys("", "\xff\xff", 10).empty());
    BOOST_TEST((keys("", {}, 2) == std::vector{""s, "a"s}));
    BOOST_TEST(keys("", {}, 0).empty());
    // The page ends with the key that reaches the limit, which may be its first.
    BOOST_TEST((keys("a", {}, 10, 0) == std::vector{"a"s}));
    BOOST_TEST((keys("a", {}, 10, 2) == std::vector{"a"s, "a\0"s}));
    BOOST_TEST((keys("a", "a\0"s, 10, 3) == std::vector{"ab"s, "a\xff"s}));
    BOOST_TEST((keys("a", {}, 10, 10) == with_a));
}

BOOST_AUTO_TEST_SUITE_END()
