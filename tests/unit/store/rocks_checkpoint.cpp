#include "store/restore_point.hpp"
#include "tests/unit/store/store_fixture.hpp"

#include <fmt/format.h>

#include <atomic>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>
#include <unistd.h>

using namespace bkes;
using namespace bkes::store;
using namespace bkes::store::test;

namespace {

namespace fs = std::filesystem;

constexpr partition_id p0{0};
constexpr partition_id p1{1};

/// Name, size and content of each file below it.
std::map<std::string, std::string> bytes_below(const fs::path& folder) {
    std::map<std::string, std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator{folder}) {
        std::ostringstream content;
        if (entry.is_regular_file()) {
            content << std::ifstream{entry.path(), std::ios::binary}.rdbuf();
        }
        found.emplace(entry.path().string(), std::move(content).str());
    }
    return found;
}

std::vector<fs::path> tables_in(const fs::path& folder) {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator{folder}) {
        if (entry.path().extension() == ".sst") {
            found.push_back(entry.path());
        }
    }
    BOOST_REQUIRE(!found.empty());
    return found;
}

/// A key that is in both partitions has its heads written at once; those of one alone wait.
bytes key_at(partition_id partition, std::int64_t number) {
    return fmt::format("key {} of {}", number, partition.value());
}

struct checkpointed_store : store_fixture {
    memory_model model;
    std::int64_t next = 0;
    fs::path place = directory.path() / "point";

    checkpointed_store() {
        open();
        append(p0, 30);
        append(p1, 20);
    }

    void append(partition_id partition, int count) {
        std::vector<owned_event> events;
        for (int number = 0; number < count; ++number, ++next) {
            events.push_back(event_at(next, key_at(partition, next % 7)));
        }
        apply(partition, events);
        model.apply(partition, events, position_at(next));
    }

    checkpoint_report checkpoint() {
        auto made = store->checkpoint(place.string());
        BOOST_REQUIRE_MESSAGE(made, (made ? std::string{} : made.error()));
        return std::move(*made);
    }

    std::string refusal() {
        const auto made = store->checkpoint(place.string());
        return made ? "it was made" : made.error();
    }

    [[nodiscard]] store_options second() {
        auto wanted = options();
        wanted.directory = (directory.path() / "second" / "store").string();
        return wanted;
    }

    /// Of restoring; nothing is left of it.
    std::string restore_refusal(const store_options& into) {
        const auto done = restore(place.string(), into);
        BOOST_TEST(!holds_store(into.directory));
        BOOST_TEST(!fs::exists(into.directory + ".unfinished"));
        return done ? "it was restored" : done.error();
    }

    void write_facts(std::string_view text) const {
        std::ofstream{place / "RESTORE_POINT"} << text;
    }

    [[nodiscard]] std::size_t entries_in_directory() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator{directory.path()}, fs::directory_iterator{}));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(store_rocks_checkpoint, checkpointed_store)

BOOST_AUTO_TEST_CASE(holds_all_that_was_applied_and_the_store_goes_on) {
    const auto report = checkpoint();
    BOOST_REQUIRE(report.partitions.size() == 2U);
    BOOST_TEST(report.partitions[0].topic == test_topic);
    BOOST_TEST(report.partitions[0].partition.value() == 0);
    BOOST_TEST((report.partitions[0].position == position_at(30)));
    BOOST_TEST(report.partitions[1].partition.value() == 1);
    BOOST_TEST((report.partitions[1].position == position_at(50)));
    BOOST_TEST(report.bytes > 1000U);
    const auto at_that_time = model;

    append(p0, 500);
    BOOST_REQUIRE(store->flush());
    check_equal(*store, model);
    const auto done = restore(place.string(), second());
    BOOST_REQUIRE_MESSAGE(done, (done ? std::string{} : done.error()));
    BOOST_TEST(done->partitions.size() == 2U);
    BOOST_TEST(done->linked_bytes > 0U);
    BOOST_TEST(done->copied_bytes > 0U);
    const auto restored = event_store::open(second());
    BOOST_REQUIRE(restored);
    check_equal(**restored, at_that_time);
    BOOST_TEST(log.empty());
}

BOOST_AUTO_TEST_CASE(shares_its_tables_and_is_never_changed) {
    checkpoint();
    for (const auto& table : tables_in(place / "store")) {
        BOOST_TEST(fs::hard_link_count(table) == 2U);
    }
    const auto before = bytes_below(place);
    const auto is_shared = [](const auto& entry) {
        const fs::path file{entry.first};
        const auto name = file.filename().string();
        return (name == "CURRENT" || name.starts_with("MANIFEST-")) &&
               fs::hard_link_count(file) > 1;
    };
    BOOST_REQUIRE(restore(place.string(), second()));
    for (const auto& table : tables_in(second().directory)) {
        BOOST_TEST(fs::hard_link_count(table) == 3U);
    }
    BOOST_TEST(std::ranges::none_of(before, is_shared));
    const auto restored = event_store::open(second());
    BOOST_REQUIRE(restored);
    for (int round = 0; round < 5; ++round) {
        const std::vector events{event_at(50 + round, "new")};
        BOOST_REQUIRE(
            (*restored)->apply(in_partition(p1), views_of(events), position_at(51 + round)));
        BOOST_REQUIRE((*restored)->drop_before(in_partition(p0), log_offset{10}));
        BOOST_REQUIRE((*restored)->flush());
    }
    append(p1, 10);
    BOOST_REQUIRE(store->drop_partition(in_partition(p0)));
    BOOST_REQUIRE(store->flush());
    BOOST_TEST((bytes_below(place) == before));
}

BOOST_AUTO_TEST_CASE(is_one_moment_of_a_store_in_use) {
    constexpr int points = 5;
    std::vector<std::vector<owned_event>> batches;
    std::atomic<std::size_t> applied{0};
    const auto partition_of = [](std::size_t batch) { return batch % 3 == 0 ? p1 : p0; };
    for (std::size_t batch = 0; batch < 4000; ++batch) {
        const auto keys_of = batch % 50 == 0 ? p0 : partition_of(batch);
        batches.emplace_back();
        for (int index = 0; index < 20; ++index, ++next) {
            batches.back().push_back(event_at(next, key_at(keys_of, next % 301)));
        }
    }
    const std::jthread appender{[&](const std::stop_token& over) {
        for (std::size_t batch = 0; !over.stop_requested(); ++batch) {
            if (batch < batches.size()) {
                const auto after = position_at(batches[batch].back().offset.value() + 1);
                if (!apply_when_not_busy(*store, partition_of(batch), batches[batch], after)) {
                    return;
                }
                ++applied;
            } else {
                std::this_thread::yield();
            }
        }
    }};
    std::size_t meanwhile = 0;
    for (int point = 0; point < points; ++point) {
        const auto before = applied.load();
        place = directory.path() / ("point" + std::to_string(point));
        const auto report = checkpoint();
        const auto after = applied.load();
        meanwhile += after - before;

        auto into = second();
        into.directory += std::to_string(point);
        BOOST_REQUIRE(restore(place.string(), into));
        const auto restored = event_store::open(into);
        BOOST_REQUIRE(restored);
        std::size_t held = 0;
        memory_model expected = model;
        for (const auto& one : report.partitions) {
            BOOST_TEST(
                ((*restored)->position(in_partition(one.partition)).value() == one.position));
            for (std::size_t batch = 0; batch < batches.size(); ++batch) {
                if (partition_of(batch) == one.partition &&
                    batches[batch].back().offset < one.position.next_offset) {
                    expected.apply(one.partition, batches[batch], one.position);
                    ++held;
                }
            }
        }
        BOOST_TEST(held >= before);
        BOOST_TEST(held <= applied.load() + 1);
        check_equal(**restored, expected);
    }
    BOOST_TEST(meanwhile > 0U);
}

BOOST_AUTO_TEST_CASE(takes_a_place_that_is_free_and_no_other) {
    fs::create_directory(place);
    checkpoint();
    BOOST_TEST(refusal() == "the directory isn't empty");
    place = directory.path() / "file";
    std::ofstream{place} << "in the way";
    BOOST_TEST(refusal() == "something else stands there");
    place = directory.path() / "none" / "point";
    BOOST_TEST(refusal().contains("No such file or directory"));
    place = store_path() / "point";
    BOOST_TEST(refusal().contains("the store's own directory"));
    place = directory.path() / "point.unfinished";
    BOOST_TEST(refusal().contains("names that end in .unfinished"));
    place = "/proc/point";
    BOOST_TEST(refusal().contains("can't be made"));
    place = "/dev/shm/bkes-point-" + std::to_string(::getpid());
    if (fs::exists("/dev/shm")) {
        BOOST_TEST(refusal().contains("is on another file system"));
        BOOST_TEST(!fs::exists(place.string() + ".unfinished"));
    }
    BOOST_TEST(entries_in_directory() == 3U);
    check_equal(*store, model);
}

BOOST_AUTO_TEST_CASE(begins_no_more_when_the_store_is_to_end) {
    store->interrupt();
    BOOST_TEST(refusal() == "the store is being closed");
    BOOST_TEST(entries_in_directory() == 1U);
}

BOOST_AUTO_TEST_CASE(what_a_crash_leaves_is_none) {
    checkpoint();
    const auto left = directory.path() / "other.unfinished";
    fs::rename(place, left);
    for (const auto* end : {"", "/"}) {
        place = left.string() + end;
        BOOST_TEST(restore_refusal(second()) == "it was never finished, as its name says");
    }
    fs::remove(left / "RESTORE_POINT");
    place = directory.path() / "copy that was broken off";
    fs::copy(left, place, fs::copy_options::recursive);
    BOOST_TEST(restore_refusal(second()).contains("it is no restore point"));
    place = directory.path() / "other";
    BOOST_TEST(restore_refusal(second()) == "there is no such directory");
    checkpoint();
    BOOST_TEST(!fs::exists(left));
    BOOST_TEST(restore(place.string(), second()).has_value());
}

BOOST_AUTO_TEST_CASE(a_store_is_no_restore_point) {
    place = directory.path();
    BOOST_TEST(restore_refusal(second()).contains("it is no restore point"));
    BOOST_REQUIRE(store->flush());
    store.reset();
    BOOST_TEST(restore_refusal(second()).contains("RESTORE_POINT isn't in it"));
}

BOOST_AUTO_TEST_CASE(another_cluster_or_format_is_refused_with_both) {
    checkpoint();
    auto other = second();
    other.cluster_id = "another";
    BOOST_TEST(restore_refusal(other) ==
               "it is of the Kafka cluster test-cluster, and this one is another");
    write_facts("format_version=9\ncluster_id=test-cluster\nlater=versions\n");
    BOOST_TEST(restore_refusal(second()) == "it has the store's format 9, and this bkes has 3");
    write_facts("cluster_id=test-cluster\n");
    BOOST_TEST(restore_refusal(second()).contains("it is no restore point"));
    write_facts("cluster_id=test-cluster\nformat_version=3");
    BOOST_TEST(restore(place.string(), second()).has_value());
}

BOOST_AUTO_TEST_CASE(a_damaged_one_is_refused_before_there_is_a_store) {
    checkpoint();
    const auto table = tables_in(place / "store").back();
    fs::rename(table, directory.path() / "kept");
    BOOST_TEST(restore_refusal(second()).contains("its files are damaged"));
    fs::copy_file(directory.path() / "kept", table);
    fs::resize_file(table, fs::file_size(table) / 2);
    BOOST_TEST(restore_refusal(second()).contains("its files are damaged"));
    fs::remove_all(place / "store");
    BOOST_TEST(restore_refusal(second()).contains("No such file or directory"));
}

BOOST_AUTO_TEST_CASE(a_store_that_is_there_stays) {
    checkpoint();
    append(p0, 3);
    const auto done = restore(place.string(), options());
    BOOST_REQUIRE(!done);
    BOOST_TEST(done.error().contains("the directory isn't empty"));
    BOOST_TEST(holds_store(options().directory));
    BOOST_TEST(!holds_store(second().directory));
    check_equal(*store, model);
}

BOOST_AUTO_TEST_SUITE_END()
