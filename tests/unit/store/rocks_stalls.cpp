// RocksDB takes no writes while it can't write out what it has: here because its background work is
// paused, in life because the disk is slow.

#include "store/rocks_store.hpp"
#include "tests/unit/store/store_fixture.hpp"

#include <chrono>
#include <thread>

using namespace bkes;
using namespace bkes::store;
using namespace bkes::store::test;

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr partition_id p0{0};
constexpr partition_id p1{1};

struct stalled_store : store_fixture {
    rocksdb::DB* database = nullptr;
    std::int64_t next = 0;
    steady_clock::duration longest{};

    stalled_store() {
        memory_bytes = std::size_t{8} << 20U;
        auto wanted = options();
        std::filesystem::create_directories(wanted.directory);
        const auto shares = share_memory(wanted.memory_bytes);
        auto setup = make_setup(shares, wanted.log_sink);
        rocks_database opened;
        BOOST_REQUIRE(opened.open(setup, wanted.directory).ok());
        database = &*opened;
        store = std::make_unique<rocks_store>(std::move(wanted), shares, std::move(setup),
                                              std::move(opened));
        apply(p1, {event_at(0, "of p1"), event_at(1, "of p1")});
        BOOST_REQUIRE(database->PauseBackgroundWork().ok());
    }

    ~stalled_store() {
        database->ContinueBackgroundWork();
        store.reset();
    }

    std::vector<owned_event> next_events() const {
        std::vector<owned_event> events;
        for (std::int64_t offset = next; offset < next + 100; ++offset) {
            auto event = event_at(offset, "key " + std::to_string(offset % 500));
            event.body.resize(1000, '.');
            events.push_back(std::move(event));
        }
        return events;
    }

    std::error_code apply_next() {
        const auto events = next_events();
        const auto begun = steady_clock::now();
        const auto applied =
            store->apply(in_partition(p0), views_of(events), position_at(next + 100));
        longest = std::max(longest, steady_clock::now() - begun);
        if (!applied) {
            return applied.error();
        }
        next += 100;
        return {};
    }

    void fill() {
        std::error_code error;
        while (!error) {
            BOOST_REQUIRE(next < 100'000);
            error = apply_next();
        }
        BOOST_REQUIRE(error == make_error_code(store_errc::busy));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(store_rocks_stalls, stalled_store, *boost::unit_test::timeout(60))

BOOST_AUTO_TEST_CASE(a_store_that_takes_no_more_says_so_at_once_and_goes_on_later) {
    BOOST_TEST(store->figures().stalls == 0U);
    fill();
    for (int again = 0; again < 20; ++again) {
        BOOST_TEST(apply_next() == make_error_code(store_errc::busy));
    }
    BOOST_TEST(store->figures().stalls == 1U);
    BOOST_TEST((longest < 2s));
    BOOST_TEST(log.empty());
    BOOST_TEST((store->position(in_partition(p0)).value() == position_at(next)));
    const auto expected = (next - 1) / 500 + 1;
    BOOST_TEST(head("key 0")->next_order.value() == expected);
    BOOST_TEST(read(p0, "key 0").size() == static_cast<std::size_t>(expected));

    database->ContinueBackgroundWork();
    const auto from = next;
    while (next < from + 1'000) {
        if (apply_next()) {
            std::this_thread::yield();
        }
    }
    BOOST_TEST(read(p0, "key 0").size() == static_cast<std::size_t>((next - 1) / 500 + 1));
}

BOOST_AUTO_TEST_CASE(a_retraction_that_waits_keeps_nobody_waiting) {
    fill();
    std::jthread waiting{
        [this] { BOOST_TEST(store->drop_before(in_partition(p1), log_offset{1}).has_value()); }};
    for (int again = 0; again < 200; ++again) {
        BOOST_TEST(apply_next() == make_error_code(store_errc::busy));
        BOOST_TEST(read(p1, "of p1").size() == 2U);
        std::this_thread::yield();
    }
    BOOST_TEST((longest < 2s));
    database->ContinueBackgroundWork();
    waiting.join();
    BOOST_TEST(read(p1, "of p1").size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
