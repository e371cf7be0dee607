#include "sync/offered_restore_point.hpp"

#include "tests/support/io_fixture.hpp"
#include "tests/support/temporary_directory.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;
using namespace bkes;
using namespace bkes::sync;
using namespace std::chrono_literals;
using refusal = offered_restore_point::refusal;

/// A store with an event of one topic, far up in the log.
struct fixture : bkes::test::io_fixture {
    fixture() : io_fixture{30s} {
        auto opened = store::event_store::open(
            {.directory = (folder.path() / "store").string(), .cluster_id = "a cluster"});
        BOOST_REQUIRE(opened);
        events = std::move(*opened);
        fs::create_directories(place);
        std::ofstream{place / "left by another process"} << "x";
        store_up_to("bkes", 400'000);
        make();
    }

    void make() {
        offered = std::make_unique<offered_restore_point>(
            offered_restore_point::options{place.string(), {"bkes", "other"}}, *events, *worker);
    }

    void store_up_to(bytes_view topic, std::int64_t next) const {
        const std::array events_{store::new_event{
            .offset = log_offset{next - 1}, .key = "k", .declared_order = {}, .body = {"\0\0", 2}}};
        BOOST_REQUIRE(events->apply({topic, partition_id{0}}, events_,
                                    {.topic_id = {{1}}, .next_offset = log_offset{next}}));
    }

    using answer = offered_restore_point::outcome;

    answer ask() {
        std::optional<answer> heard;
        offered->ask(context, [&heard](answer said) { heard = std::move(said); });
        BOOST_TEST(!heard.has_value());
        run_until([&heard] { return heard.has_value(); });
        return *std::move(heard);
    }

    std::shared_ptr<const offered_restore_point::offer> ask_well() {
        auto said = ask();
        BOOST_REQUIRE_MESSAGE(said, (said ? std::string{} : said.error()));
        return *std::move(said);
    }

    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work =
        boost::asio::make_work_guard(context);
    bkes::test::temporary_directory folder;
    fs::path place = folder.path() / "offered";
    std::unique_ptr<store::event_store> events;
    std::unique_ptr<offered_restore_point> offered;
    std::unique_ptr<store_worker> worker = std::make_unique<store_worker>();
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync_offered_restore_point, fixture)

BOOST_AUTO_TEST_CASE(who_asks_gets_the_one_that_is_there) {
    const auto first = ask_well();
    BOOST_TEST(!first->id.is_zero());
    BOOST_TEST(first->contents.facts.cluster_id == "a cluster");
    BOOST_TEST(first->contents.files.size() >= 4U);
    store_up_to("bkes", 500'000);
    BOOST_TEST((ask_well()->id == first->id));
    for (std::size_t index = 0; index < first->contents.files.size(); ++index) {
        const auto& file = first->contents.files[index];
        const auto number = static_cast<std::int32_t>(index);
        const auto whole = offered->read(first->id, number, 0, 1 << 20);
        BOOST_REQUIRE(whole);
        BOOST_TEST(whole->size() == file.size);
        const auto last = static_cast<std::int64_t>(file.size) - 1;
        BOOST_TEST((*offered->read(first->id, number, last, 10) == whole->substr(file.size - 1)));
        BOOST_TEST(
            (offered->read(first->id, number, last + 1, 10).error() == refusal::out_of_range));
        BOOST_TEST((offered->read(first->id, number, -1, 10).error() == refusal::out_of_range));
    }
}

BOOST_AUTO_TEST_CASE(who_asks_together_gets_the_same) {
    std::vector<answer> heard;
    for (int count = 0; count < 5; ++count) {
        offered->ask(context, [&heard](answer said) { heard.push_back(std::move(said)); });
    }
    run_until([&heard] { return heard.size() == 5; });
    for (const auto& one : heard) {
        BOOST_REQUIRE(one);
        BOOST_TEST(((*one)->id == (*heard[0])->id));
    }
}

BOOST_AUTO_TEST_CASE(no_such_restore_point_or_file) {
    BOOST_TEST((offered->read({}, 0, 0, 10).error() == refusal::unknown));
    const auto id = ask_well()->id;
    BOOST_TEST((offered->read({{1, 2}}, 0, 0, 10).error() == refusal::unknown));
    BOOST_TEST((offered->read(id, -1, 0, 10).error() == refusal::out_of_range));
    BOOST_TEST((offered->read(id, 100'000, 0, 10).error() == refusal::out_of_range));
}

BOOST_AUTO_TEST_CASE(it_goes_when_nobody_used_it_for_a_minute) {
    const auto now = offered_restore_point::clock::now;
    const auto first = ask_well()->id;
    offered->look_after(now() + 59s);
    BOOST_TEST(offered->read(first, 0, 0, 10).has_value());
    offered->look_after(now() + 61s);
    BOOST_TEST((offered->read(first, 0, 0, 10).error() == refusal::unknown));
    run_until([this] { return !fs::exists(place); });
    BOOST_TEST((ask_well()->id != first));
}

BOOST_AUTO_TEST_CASE(what_another_process_left_is_taken_away_and_so_is_what_this_one_leaves) {
    BOOST_TEST(!fs::exists(place));
    ask_well();
    BOOST_TEST(fs::exists(place));
    offered.reset();
    BOOST_TEST(!fs::exists(place));
}

BOOST_AUTO_TEST_CASE(few_offsets_are_no_restore_point) {
    BOOST_REQUIRE(events->drop_partition({"bkes", partition_id{0}}));
    store_up_to("bkes", 100'000);
    store_up_to("other", 199'999);
    BOOST_TEST(ask().error() ==
               "it has read 299999 offsets, which is no more work than a restore point");
    store_up_to("other", 200'000);
    ask_well();
}

BOOST_AUTO_TEST_CASE(events_of_other_topics_are_not_given_away) {
    store_up_to("guarded earlier", 10);
    BOOST_TEST(ask().error() ==
               "its store also holds events of guarded earlier, which it doesn't guard any more");
    BOOST_TEST(!fs::exists(place));
    BOOST_REQUIRE(events->drop_partition({"guarded earlier", partition_id{0}}));
    ask_well();
}

BOOST_AUTO_TEST_SUITE_END()
