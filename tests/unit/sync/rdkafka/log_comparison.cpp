#include "sync/rdkafka/log_comparison.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

BOOST_AUTO_TEST_SUITE(sync_log_comparison)

using namespace bkes;
using namespace bkes::sync;

namespace {

constexpr partition_id p0{0};
constexpr partition_id p1{1};

/// A topic of two partitions; what is written goes into the log and the store. Of the keys `a` to
/// `h` murmur2 puts some here and some there.
class compared_topic {
  public:
    compared_topic() {
        std::filesystem::remove_all(directory_);
        auto opened = store::event_store::open({.directory = directory_, .cluster_id = "c"});
        BOOST_REQUIRE(opened);
        store_ = std::move(*opened);
    }

    compared_topic(const compared_topic&) = delete;
    compared_topic& operator=(const compared_topic&) = delete;

    ~compared_topic() {
        store_.reset();
        std::filesystem::remove_all(directory_);
    }

    void write(partition_id partition, const std::vector<bytes>& keys) {
        auto& log = logs_[static_cast<std::size_t>(partition.value())];
        const auto old = log.size();
        log.insert(log.end(), keys.begin(), keys.end());
        const auto applied =
            store_->apply({options.topic, partition}, events_of(log, old), position_at(log.size()));
        BOOST_REQUIRE(applied);
    }

    /// Retention deletes the log of a partition.
    void empty(partition_id partition) {
        auto& start = starts_[static_cast<std::size_t>(partition.value())];
        start = logs_[static_cast<std::size_t>(partition.value())].size();
        BOOST_REQUIRE(store_->drop_before({options.topic, partition},
                                          log_offset{static_cast<std::int64_t>(start)}));
    }

    /// The log forgets what the store still has.
    void lose(partition_id partition) {
        logs_[static_cast<std::size_t>(partition.value())].clear();
    }

    verify_report compare() {
        verify_report report;
        log_comparison comparison{*store_, options, report};
        for (std::size_t i = 0; i < 2; ++i) {
            comparison.log_begins(partition_id{static_cast<std::int32_t>(i)},
                                  log_offset{static_cast<std::int64_t>(starts_[i])});
        }
        for (std::size_t i = 0; i < 2; ++i) {
            const auto events = events_of(logs_[i], starts_[i]);
            BOOST_REQUIRE(comparison.compare(partition_id{static_cast<std::int32_t>(i)}, events));
        }
        BOOST_REQUIRE(comparison.finish());
        return report;
    }

    verify_options options{.access = {}, .topic = "bkes"};

  private:
    static store::log_position position_at(std::size_t offset) {
        return {.topic_id = {}, .next_offset = log_offset{static_cast<std::int64_t>(offset)}};
    }

    static std::vector<store::new_event> events_of(const std::vector<bytes>& log,
                                                   std::size_t from) {
        std::vector<store::new_event> events;
        for (auto i = from; i < log.size(); ++i) {
            const auto offset = static_cast<std::int64_t>(i);
            events.push_back({.offset = log_offset{offset},
                              .timestamp_ms = offset,
                              .key = log[i],
                              .declared_order = {},
                              .body = "body"});
        }
        return events;
    }

    std::string directory_ =
        (std::filesystem::temp_directory_path() / fmt::format("bkes-comparison-{}", getpid()))
            .string();
    std::unique_ptr<store::event_store> store_;
    std::vector<bytes> logs_[2];
    std::size_t starts_[2] = {};
};

partition_id expected(partitioner rule, bytes_view key) {
    return partition_for_key(rule, key, 2);
}

std::vector<bytes> numbered_keys(std::size_t count) {
    std::vector<bytes> keys;
    for (std::size_t i = 0; i < count; ++i) {
        keys.push_back(fmt::format("k{:05}", i));
    }
    return keys;
}

}  // namespace

BOOST_AUTO_TEST_CASE(keys_elsewhere_are_named_and_are_no_difference) {
    compared_topic topic;
    const std::vector<bytes> keys{"a", "b", "c", "d", "e", "f", "g", "h"};
    topic.write(p0, keys);
    topic.write(p0, keys);  // counted by key, not by event
    for (const auto rule : {partitioner::murmur2, partitioner::crc32}) {
        topic.options.expected = rule;
        std::vector<key_elsewhere> elsewhere;
        for (const auto& key : keys) {
            if (expected(rule, key) == p1) {
                elsewhere.push_back({key, p0, p1});
            }
        }
        BOOST_TEST(!elsewhere.empty());
        BOOST_TEST(elsewhere.size() < keys.size());
        const auto report = topic.compare();
        BOOST_TEST((report.expected == rule));
        BOOST_TEST(report.elsewhere == elsewhere.size());
        BOOST_TEST((report.first_elsewhere == elsewhere));
        BOOST_TEST(report.agrees());
        BOOST_TEST(report.events == 2 * keys.size());
    }
}

BOOST_AUTO_TEST_CASE(where_each_key_ought_to_be_nothing_is_named) {
    compared_topic topic;
    for (const auto& key : numbered_keys(50)) {
        topic.write(expected(partitioner::murmur2, key), {key});
    }
    BOOST_TEST(topic.compare().elsewhere == 0U);
    topic.options.expected = partitioner::crc32;
    BOOST_TEST(topic.compare().elsewhere > 0U);
}

BOOST_AUTO_TEST_CASE(the_first_in_byte_order_are_kept_and_all_are_counted) {
    compared_topic topic;
    auto keys = numbered_keys(2'500);  // more than a page
    std::ranges::reverse(keys);
    topic.write(p1, keys);
    std::ranges::reverse(keys);
    std::erase_if(keys, [](const auto& key) { return expected(partitioner::murmur2, key) == p1; });
    topic.options.shown_max = 3;
    const auto report = topic.compare();
    BOOST_TEST(report.elsewhere == keys.size());
    BOOST_REQUIRE_EQUAL(report.first_elsewhere.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        BOOST_TEST((report.first_elsewhere[i] == key_elsewhere{keys[i], p1, p0}));
    }
}

BOOST_AUTO_TEST_CASE(the_home_of_a_split_key_counts) {
    compared_topic topic;
    const auto home = expected(partitioner::murmur2, "a");
    topic.write(home, {"a"});
    topic.write(home == p0 ? p1 : p0, {"-", "a"});  // later
    const auto report = topic.compare();
    BOOST_TEST(report.split_keys == std::vector<bytes>{"a"}, boost::test_tools::per_element());
    BOOST_TEST(std::ranges::none_of(report.first_elsewhere,
                                    [](const auto& one) { return one.key == "a"; }));
}

BOOST_AUTO_TEST_CASE(a_key_whose_events_are_deleted_keeps_its_home) {
    compared_topic topic;
    const auto other = expected(partitioner::murmur2, "a") == p0 ? p1 : p0;
    topic.write(other, {"a"});
    topic.empty(other);
    const auto report = topic.compare();
    BOOST_TEST(report.agrees());
    BOOST_TEST(report.keys == 0U);
    BOOST_TEST(report.elsewhere == 1U);
}

BOOST_AUTO_TEST_CASE(a_key_of_the_store_alone_is_a_difference) {
    compared_topic topic;
    topic.write(p0, {"a"});
    topic.lose(p0);
    const auto report = topic.compare();
    BOOST_TEST(report.differences == 1U);
    BOOST_TEST(report.shown.at(0) == "only in the store: partition=0 events=1 key=\"a\"");
}

BOOST_AUTO_TEST_SUITE_END()
