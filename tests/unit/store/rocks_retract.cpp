#include "tests/unit/store/store_fixture.hpp"

using namespace bkes;
using namespace bkes::store;
using namespace bkes::store::test;

namespace {

constexpr partition_id p0{0};
constexpr partition_id p1{1};

struct five_events : store_fixture {
    five_events() {
        open();
        apply(p0, {event_at(0, "a", 5), event_at(1, "b", 6), event_at(2, "a", 7),
                   event_at(3, "a", 8), event_at(4, "b", 9)});
    }
};

struct long_aggregates : store_fixture {
    static constexpr std::int64_t count = 30'000;

    memory_model model;

    long_aggregates() {
        open();
        std::vector<owned_event> events;
        for (std::int64_t offset = 0; offset < count; ++offset) {
            // One aggregate of some 15,000 events among many short ones.
            const auto key = offset % 2 == 0 ? bytes{"long"} : std::to_string(offset % 9'001);
            events.push_back(event_at(offset, key));
        }
        apply(p0, events);
        model.apply(p0, events, position_at(count));
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(store_rocks_retract)

BOOST_FIXTURE_TEST_CASE(drop_before_moves_the_start, five_events) {
    BOOST_REQUIRE(store->drop_before(in_partition(p0), log_offset{2}));
    const auto a = head("a");
    BOOST_REQUIRE(a);
    BOOST_TEST(a->start_order.value() == 1);
    BOOST_TEST(a->next_order.value() == 3);
    BOOST_TEST(a->first_offset.value() == 2);
    BOOST_TEST(a->first_timestamp_ms == 7);
    BOOST_TEST(read(p0, "a").size() == 2U);
    BOOST_TEST(head("b")->start_order.value() == 1);
    BOOST_TEST((store->position(in_partition(p0)).value() == position_at(5)));
}

BOOST_FIXTURE_TEST_CASE(orders_go_on_after_all_events_were_dropped, five_events) {
    BOOST_REQUIRE(store->drop_before(in_partition(p0), log_offset{4}));
    BOOST_TEST(head("a")->start_order.value() == 3);
    BOOST_TEST(head("a")->next_order.value() == 3);
    BOOST_TEST(head("a")->last_offset.value() == 3);
    BOOST_TEST(read(p0, "a").empty());
    auto next = event_at(5, "a", 20);
    next.declared_order = event_order{3};
    BOOST_TEST(apply(p0, {next}).misnumbered == 0U);
    BOOST_TEST(head("a")->start_order.value() == 3);
    BOOST_TEST(head("a")->next_order.value() == 4);
    BOOST_TEST(head("a")->first_offset.value() == 5);
}

BOOST_FIXTURE_TEST_CASE(truncate_brings_heads_and_position_back, five_events) {
    BOOST_REQUIRE(store->truncate(in_partition(p0), position_at(1)));
    BOOST_TEST(head("a")->next_order.value() == 1);
    BOOST_TEST(head("a")->last_offset.value() == 0);
    BOOST_TEST(head("a")->last_timestamp_ms == 5);
    BOOST_TEST(!head("b"));
    BOOST_TEST((store->position(in_partition(p0)).value() == position_at(1)));
    apply(p0, {event_at(1, "b")});
    BOOST_TEST(head("b")->next_order.value() == 1);
}

BOOST_FIXTURE_TEST_CASE(truncate_refuses_an_end_beyond_the_position, five_events) {
    const auto refused = store->truncate(in_partition(p0), position_at(6));
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.error() == make_error_code(store_errc::out_of_order));
    BOOST_TEST(!store->truncate(in_partition(p1), position_at(1)));
    BOOST_TEST(head("a")->next_order.value() == 3);
}

BOOST_FIXTURE_TEST_CASE(truncate_does_not_forget_orders_that_retention_took, five_events) {
    BOOST_REQUIRE(store->drop_before(in_partition(p0), log_offset{3}));
    BOOST_REQUIRE(store->truncate(in_partition(p0), position_at(3)));
    BOOST_TEST(head("a")->start_order.value() == 2);
    BOOST_TEST(head("a")->next_order.value() == 2);
    BOOST_TEST(head("a")->last_offset.value() == 2);
    BOOST_TEST(head("a")->last_timestamp_ms == 7);
}

BOOST_FIXTURE_TEST_CASE(home_moves_when_its_first_events_are_gone, five_events) {
    apply(p1, {event_at(0, "a", 6)});
    BOOST_TEST((head("a")->partition == p0));
    BOOST_REQUIRE(store->drop_before(in_partition(p0), log_offset{2}));
    BOOST_TEST((head("a")->partition == p1));
    BOOST_REQUIRE(store->drop_before(in_partition(p1), log_offset{1}));
    BOOST_TEST((head("a")->partition == p0));
}

BOOST_FIXTURE_TEST_CASE(drop_partition_leaves_the_others, five_events) {
    apply(p1, {event_at(0, "a", 6), event_at(1, "c", 6)});
    BOOST_TEST(store->partitions(test_topic).size() == 2U);
    BOOST_REQUIRE(store->drop_partition(in_partition(p0)));
    BOOST_TEST((store->partitions(test_topic) == std::vector{p1}));
    BOOST_TEST(store->partitions("other").empty());
    BOOST_TEST(!store->position(in_partition(p0)).value());
    BOOST_TEST((head("a")->partition == p1));
    BOOST_TEST(store->find_heads(test_topic, "a")->size() == 1U);
    BOOST_TEST(!head("b"));
    BOOST_TEST(read(p0, "a").empty());
    BOOST_TEST(read(p1, "a").size() == 1U);
    BOOST_TEST(apply(p0, {event_at(0, "b")}).applied == 1U);
    BOOST_TEST(read(p0, "b").size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(drop_before_works_in_batches, long_aggregates) {
    BOOST_REQUIRE(store->drop_before(in_partition(p0), log_offset{count - 1'000}));
    model.drop_before(p0, log_offset{count - 1'000});
    check_equal(*store, model);
}

BOOST_FIXTURE_TEST_CASE(truncate_works_in_batches, long_aggregates) {
    BOOST_REQUIRE(store->truncate(in_partition(p0), position_at(1'000)));
    model.truncate(p0, position_at(1'000));
    check_equal(*store, model);
}

BOOST_FIXTURE_TEST_CASE(drop_partition_works_in_batches, long_aggregates) {
    BOOST_REQUIRE(store->drop_partition(in_partition(p0)));
    model.drop_partition(p0);
    check_equal(*store, model);
    BOOST_TEST(read(p0, "long").empty());
}

BOOST_AUTO_TEST_SUITE_END()
