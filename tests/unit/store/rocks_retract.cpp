#include "store/format.hpp"
#include "tests/unit/store/store_fixture.hpp"

#include <rocksdb/perf_context.h>
#include <rocksdb/perf_level.h>

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

struct many_aggregates : store_fixture {
    static constexpr std::int64_t count = 50'000;

    many_aggregates() {
        open();
        std::vector<owned_event> events;
        for (std::int64_t offset = 0; offset < count; ++offset) {
            events.push_back(event_at(offset, "key " + std::to_string(offset * 7919 % count)));
        }
        apply(p0, events);
        apply(p1, {event_at(0, "of p1"), event_at(1, "of p1"), event_at(2, "also of p1")});
    }

    /// Keys that RocksDB compares on this thread, which grows with what is looked at.
    static std::uint64_t compared_by(const std::function<result<void>()>& act) {
        rocksdb::SetPerfLevel(rocksdb::PerfLevel::kEnableCount);
        rocksdb::get_perf_context()->Reset();
        const auto done = act();
        rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
        BOOST_REQUIRE(done);
        return rocksdb::get_perf_context()->user_key_comparison_count;
    }
};

/// Lets an event vanish from the files, so that a look for it finds its neighbour.
void remove_event(store_fixture& in, bytes_view key, std::int64_t order) {
    in.change_files([&](rocksdb::DB& database, const family_of& family) {
        bytes event_key;
        append_aggregate_prefix(event_key, in_partition(p0), key);
        append_order(event_key, event_order{order});
        BOOST_REQUIRE(database.Delete({}, family(events_family), event_key).ok());
    });
    in.open();
}

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

BOOST_FIXTURE_TEST_CASE(an_interrupted_drop_is_asked_for_again, long_aggregates) {
    store->interrupt();
    const auto dropped = store->drop_before(in_partition(p0), log_offset{count / 2});
    BOOST_TEST((dropped.error() == store_errc::interrupted));
    open();
    BOOST_TEST(store->drop_before(in_partition(p0), log_offset{count / 2}).has_value());
    model.drop_before(p0, log_offset{count / 2});
    check_equal(*store, model);
}

BOOST_FIXTURE_TEST_CASE(an_interrupted_cut_ends_when_the_store_is_opened, long_aggregates) {
    store->interrupt();
    const auto cut = store->truncate(in_partition(p0), position_at(count / 2));
    BOOST_TEST((cut.error() == store_errc::interrupted));
    open();
    model.truncate(p0, position_at(count / 2));
    check_equal(*store, model);
}

BOOST_FIXTURE_TEST_CASE(the_cost_is_what_is_taken_away, many_aggregates) {
    BOOST_REQUIRE(store->flush());
    BOOST_TEST(compared_by([&] { return store->drop_before(in_partition(p0), log_offset{0}); }) <
               1'000U);
    BOOST_TEST(compared_by([&] { return store->drop_before(in_partition(p0), log_offset{10}); }) <
               10'000U);
    BOOST_TEST(head("key 7919")->start_order.value() == 1);
    BOOST_TEST(head("key " + std::to_string(10 * 7919 % count))->start_order.value() == 0);
    BOOST_TEST(compared_by([&] { return store->truncate(in_partition(p1), position_at(1)); }) <
               10'000U);
    BOOST_TEST(head("of p1")->next_order.value() == 1);
    BOOST_TEST(!head("also of p1"));
    BOOST_TEST(compared_by([&] { return store->drop_partition(in_partition(p1)); }) < 10'000U);
    BOOST_TEST(!head("of p1"));
    check_firsts();
}

BOOST_FIXTURE_TEST_CASE(a_head_without_events_is_found_when_its_partition_goes, five_events) {
    BOOST_REQUIRE(store->drop_before(in_partition(p0), log_offset{5}));
    BOOST_TEST(head("a").has_value());
    BOOST_REQUIRE(store->drop_partition(in_partition(p0)));
    BOOST_TEST(!head("a"));
    BOOST_TEST(!head("b"));
    check_firsts();
}

BOOST_FIXTURE_TEST_CASE(an_aggregate_that_grows_again_loses_its_events_again, five_events) {
    for (std::int64_t offset = 5; offset < 9; ++offset) {
        BOOST_REQUIRE(store->drop_before(in_partition(p0), log_offset{offset}));
        BOOST_TEST(read(p0, "a").empty());
        apply(p0, {event_at(offset, "a")});
        BOOST_TEST(read(p0, "a").size() == 1U);
    }
    BOOST_TEST(head("a")->start_order.value() == 6);
    BOOST_TEST(head("a")->next_order.value() == 7);
    check_firsts();
}

// "a" and "b" are neighbours in the files: the next event behind those of "a" is order 0 of "b",
// the one before those of "b" order 2 of "a".
BOOST_FIXTURE_TEST_CASE(retention_never_takes_the_event_of_a_neighbour, five_events) {
    for (const std::int64_t order : {0, 1, 2}) {
        remove_event(*this, "a", order);
    }
    const auto dropped = store->drop_before(in_partition(p0), log_offset{1});
    BOOST_REQUIRE(!dropped);
    BOOST_TEST(dropped.error() == make_error_code(store_errc::corrupt));
    BOOST_TEST(read(p0, "b").size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_cut_never_takes_the_event_of_a_neighbour, five_events) {
    apply(p0, {event_at(5, "b")});
    for (const std::int64_t order : {0, 1, 2}) {
        remove_event(*this, "b", order);
    }
    const auto cut = store->truncate(in_partition(p0), position_at(5));
    BOOST_REQUIRE(!cut);
    BOOST_TEST(cut.error() == make_error_code(store_errc::corrupt));
    BOOST_TEST(read(p0, "a").size() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
