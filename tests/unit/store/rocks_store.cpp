// The whole store against the model: random changes, reopening, crashes, threads, memory.

#include "store/restore_point.hpp"
#include "tests/unit/store/store_fixture.hpp"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <random>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>

using namespace bkes;
using namespace bkes::store;
using namespace bkes::store::test;

namespace {

std::uint64_t seed() {
    const char* const wanted = std::getenv("BKES_TEST_SEED");
    const auto chosen = wanted != nullptr ? std::strtoull(wanted, nullptr, 10)
                                          : std::uint64_t{std::random_device{}()};
    BOOST_TEST_MESSAGE("BKES_TEST_SEED=" << chosen);
    return chosen;
}

/// Random logs and random changes, done to store and model alike.
class random_changes : public store_fixture {
  public:
    void start(std::uint64_t chosen) {
        random_.seed(chosen);
        open();
    }

    void step() {
        const partition_id partition{static_cast<std::int32_t>(random_() % 3)};
        switch (random_() % 40) {
            case 0:
                open();
                break;
            case 1:
                BOOST_REQUIRE(store->flush());
                break;
            case 2:
                drop_before(partition);
                break;
            case 3:
                truncate(partition);
                break;
            case 4:
                if (random_() % 5 == 0) {
                    BOOST_REQUIRE(store->drop_partition(in_partition(partition)));
                    model.drop_partition(partition);
                }
                break;
            case 5:
                check_restore_point();
                break;
            case 6:
                BOOST_REQUIRE(store->begin_fill(random_() % 5'000));
                break;
            case 7:
                BOOST_REQUIRE(store->end_fill());
                break;
            default:
                append(partition);
        }
    }

    memory_model model;

  private:
    void check_restore_point() {
        auto into = options();
        into.directory = (directory.path() / "restored").string();
        const auto place = (directory.path() / "point").string();
        BOOST_REQUIRE(store->checkpoint(place));
        BOOST_REQUIRE(restore(place, into));
        {
            const auto restored = event_store::open(into);
            BOOST_REQUIRE(restored);
            check_equal(**restored, model);
        }
        std::filesystem::remove_all(into.directory);
        std::filesystem::remove_all(place);
    }

    [[nodiscard]] std::int64_t next_offset(partition_id partition) const {
        const auto position = model.position(partition);
        return position ? position->next_offset.value() : 0;
    }

    bytes random_key() {
        static constexpr bytes_view alphabet{
            "\0\xff\x01"
            "ab",
            5};
        bytes key;
        // Each partition has its own keys most of the time, so that few are split.
        for (auto left = random_() % 4; left > 0; --left) {
            key.push_back(alphabet[random_() % alphabet.size()]);
        }
        return key;
    }

    void append(partition_id partition) {
        auto offset = next_offset(partition);
        std::vector<owned_event> events;
        for (auto left = random_() % (random_() % 8 == 0 ? 1'500 : 30); left > 0; --left) {
            offset += random_() % 8 == 0 ? 2 : 1;
            auto event = event_at(offset, random_key(), static_cast<std::int64_t>(random_() % 50));
            if (random_() % 10 != 0) {
                event.key += std::to_string(partition.value());
            }
            if (random_() % 4 == 0) {
                event.declared_order = event_order{static_cast<std::int64_t>(random_() % 9)};
            }
            event.body.append(random_() % 60, static_cast<char>(offset));
            events.push_back(std::move(event));
        }
        const auto after = position_at(offset + 1 + static_cast<std::int64_t>(random_() % 3));
        const auto report = apply_when_not_busy(*store, partition, events, after);
        BOOST_REQUIRE(report);
        BOOST_REQUIRE_EQUAL(report->applied, events.size());
        model.apply(partition, events, after);
    }

    void drop_before(partition_id partition) {
        const log_offset start{next_offset(partition) -
                               static_cast<std::int64_t>(random_() % 2'000)};
        BOOST_REQUIRE(store->drop_before(in_partition(partition), start));
        if (model.position(partition)) {
            model.drop_before(partition, start);
        }
    }

    void truncate(partition_id partition) {
        if (!model.position(partition)) {
            return;
        }
        const auto cut = static_cast<std::int64_t>(random_() % 1'200);
        auto end = position_at(std::max<std::int64_t>(0, next_offset(partition) - cut));
        end.epoch = leader_epoch{static_cast<std::int32_t>(random_() % 5)};
        BOOST_REQUIRE(store->truncate(in_partition(partition), end));
        model.truncate(partition, end);
    }

    std::mt19937_64 random_;
};

std::vector<owned_event> long_log(std::size_t count, std::size_t keys) {
    std::vector<owned_event> events;
    for (std::size_t offset = 0; offset < count; ++offset) {
        auto event = event_at(static_cast<std::int64_t>(offset),
                              "key " + std::to_string(offset * 7919 % keys));
        event.body.resize(200, '.');
        events.push_back(std::move(event));
    }
    return events;
}

std::vector<owned_event> part_of(const std::vector<owned_event>& log, std::size_t begin,
                                 std::size_t end) {
    return {log.begin() + static_cast<std::ptrdiff_t>(begin),
            log.begin() + static_cast<std::ptrdiff_t>(std::min(end, log.size()))};
}

/// No file of this process grows beyond it, as if the disk were full.
class file_size_limit {
  public:
    explicit file_size_limit(rlim_t bytes_max) {
        BOOST_REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit wanted{bytes_max, before_.rlim_max};
        BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &wanted) == 0);
    }

    file_size_limit(const file_size_limit&) = delete;
    file_size_limit& operator=(const file_size_limit&) = delete;

    ~file_size_limit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, SIG_DFL);
    }

  private:
    rlimit before_{};
};

// Large enough that the heads wait (rocks_apply.cpp) and events are ahead of them after the crash.
constexpr std::size_t crash_batch = 1'200;
constexpr int crash_batches = 25;

std::vector<owned_event> crash_log(std::size_t partition) {
    return long_log(crash_batches * crash_batch, 500 + 200 * partition);
}

/// Lets another process fill a store there and die without any clean-up.
void crash_after(int batches, const std::filesystem::path& directory) {
    ::setenv("BKES_CRASH_DIRECTORY", directory.c_str(), 1);
    ::setenv("BKES_CRASH_BATCHES", std::to_string(batches).c_str(), 1);
    const auto program = std::filesystem::read_symlink("/proc/self/exe").string();
    const auto command = "exec '" + program +
                         "' --catch_system_errors=no --log_level=nothing --report_level=no "
                         "--run_test=store_rocks_store/process_that_is_killed";
    const int status = std::system(command.c_str());
    BOOST_REQUIRE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(store_rocks_store)

BOOST_FIXTURE_TEST_CASE(agrees_with_a_plain_model_after_random_changes, random_changes) {
    const auto first = seed();
    start(first);
    BOOST_TEST_CONTEXT("BKES_TEST_SEED=" << first) {
        for (int round = 0; round < 25; ++round) {
            for (int steps = 0; steps < 20; ++steps) {
                step();
            }
            check_equal(*store, model);
        }
        check_firsts();
    }
}

BOOST_AUTO_TEST_CASE(crash_falls_back_to_an_earlier_consistent_state) {
    const std::vector logs{crash_log(0), crash_log(1)};
    for (const int batches : {1, 9, 16, crash_batches}) {
        store_fixture crashed;
        crash_after(batches, crashed.directory.path());
        crashed.open();
        memory_model model;
        for (std::int32_t partition = 0; partition < 2; ++partition) {
            const auto position = crashed.store->position(in_partition(partition_id{partition}));
            BOOST_REQUIRE(position);
            if (!*position) {
                BOOST_TEST(batches == 1);  // nothing had reached the disk
                continue;
            }
            const auto end = static_cast<std::size_t>((*position)->next_offset.value());
            BOOST_REQUIRE_LE(end, static_cast<std::size_t>(batches) * crash_batch);
            model.apply(partition_id{partition},
                        part_of(logs[static_cast<std::size_t>(partition)], 0, end), **position);
        }
        check_equal(*crashed.store, model);
        crashed.check_firsts();
        crashed.open();
        // Reading the log again from there.
        for (const std::int32_t partition : {0, 1}) {
            const auto& log = logs[static_cast<std::size_t>(partition)];
            const auto position = model.position(partition_id{partition});
            const auto rest =
                part_of(log, position ? static_cast<std::size_t>(position->next_offset.value()) : 0,
                        log.size());
            if (!rest.empty()) {
                crashed.apply(partition_id{partition}, rest);
                model.apply(partition_id{partition}, rest,
                            position_at(crash_batches * crash_batch));
            }
        }
        check_equal(*crashed.store, model);
    }
}

// Not a test: the process that `crash_after` starts.
BOOST_AUTO_TEST_CASE(process_that_is_killed, *boost::unit_test::disabled()) {
    store_fixture writer;
    writer.memory_bytes = std::size_t{8} << 20U;  // small memtables: flushed many times
    auto options = writer.options();
    options.directory = std::string{std::getenv("BKES_CRASH_DIRECTORY")} + "/store";
    writer.store = event_store::open(options).value();
    const std::vector logs{crash_log(0), crash_log(1)};
    const int batches = std::atoi(std::getenv("BKES_CRASH_BATCHES"));
    for (std::size_t batch = 0; batch < static_cast<std::size_t>(batches); ++batch) {
        for (const std::int32_t partition : {0, 1}) {
            writer.apply(partition_id{partition},
                         part_of(logs[static_cast<std::size_t>(partition)], batch * crash_batch,
                                 (batch + 1) * crash_batch));
        }
    }
    std::raise(SIGKILL);
}

BOOST_FIXTURE_TEST_CASE(closing_and_flushing_keep_everything, store_fixture) {
    open();
    const auto log = long_log(100, 10);
    apply(partition_id{0}, log);
    memory_model model;
    model.apply(partition_id{0}, log, position_at(100));
    BOOST_REQUIRE(store->flush());
    store_fixture crashed;
    std::filesystem::copy(directory.path(), crashed.directory.path(),
                          std::filesystem::copy_options::recursive);
    crashed.open();
    check_equal(*crashed.store, model);
    open();
    check_equal(*store, model);
}

BOOST_FIXTURE_TEST_CASE(a_full_disk_is_reported_and_nothing_flushed_is_lost, store_fixture) {
    open();
    apply(partition_id{0}, {event_at(0, "a")});
    BOOST_REQUIRE(store->flush());
    {
        const file_size_limit limit{1U << 20U};
        const auto log = long_log(10'000, 10);
        apply(partition_id{1}, log);
        const auto flushed = store->flush();
        BOOST_REQUIRE(!flushed);
        BOOST_TEST(flushed.error() == make_error_code(store_errc::io_failed));
    }
    BOOST_TEST(logged("File too large"));
    const auto next = std::vector{event_at(1, "a")};
    const auto refused =
        store->apply(in_partition(partition_id{0}), views_of(next), position_at(2));
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.error() == make_error_code(store_errc::io_failed));
    BOOST_TEST(head("a")->next_order.value() == 1);
    open();
    BOOST_TEST(head("a")->next_order.value() == 1);
    BOOST_TEST(!store->position(in_partition(partition_id{1})).value());
    apply(partition_id{0}, next);
}

BOOST_FIXTURE_TEST_CASE(threads_apply_partitions_while_others_read, store_fixture) {
    open();
    constexpr std::size_t count = 8'000;
    constexpr std::size_t keys = 40;  // all of them split
    const std::vector logs{long_log(count, keys), long_log(count, keys)};
    std::atomic<int> running{2};
    std::atomic<bool> sound{true};
    const auto append = [&](std::int32_t partition) {
        for (std::size_t begin = 0; begin < count; begin += 20) {
            const auto part = part_of(logs[static_cast<std::size_t>(partition)], begin, begin + 20);
            if (!apply_when_not_busy(*store, partition_id{partition}, part,
                                     position_at(part.back().offset.value() + 1))) {
                sound = false;
            }
        }
        --running;
    };
    const auto follow = [&] {
        for (std::size_t round = 0; running > 0; ++round) {
            const auto key = "key " + std::to_string(round % keys);
            const auto found = store->find_head(test_topic, key);
            if (!found || !*found) {
                if (!found) {
                    sound = false;
                }
                continue;
            }
            // Every event that the head promises is there.
            std::int64_t next = 0;
            const auto read = store->read_events(
                in_partition((*found)->partition), key, event_order{0},
                [&](const stored_event& event) { return event.order.value() == next++; });
            if (!read || next < (*found)->next_order.value()) {
                sound = false;
            }
        }
    };
    {
        std::vector<std::jthread> threads;
        threads.emplace_back(append, 0);
        threads.emplace_back(append, 1);
        threads.emplace_back(follow);
    }
    BOOST_TEST(sound.load());
    memory_model model;
    model.apply(partition_id{0}, logs[0], position_at(count));
    model.apply(partition_id{1}, logs[1], position_at(count));
    check_equal(*store, model);
}

BOOST_FIXTURE_TEST_CASE(memory_stays_within_the_limit_whatever_the_number_of_keys, store_fixture) {
    memory_bytes = std::size_t{16} << 20U;
    open();
    constexpr std::size_t keys = 200'000;
    constexpr std::size_t step = 2'000;
    std::size_t most = 0;
    for (std::size_t begin = 0; begin < keys; begin += step) {
        std::vector<owned_event> events;
        for (std::size_t offset = begin; offset < begin + step; ++offset) {
            events.push_back(event_at(static_cast<std::int64_t>(offset),
                                      "aggregate " + std::to_string(offset * 7919 % keys)));
        }
        apply(partition_id{0}, events);
        most = std::max(most, store->figures().memory_bytes);
    }
    for (std::size_t key = 0; key < keys; key += 7) {
        BOOST_REQUIRE(head("aggregate " + std::to_string(key)));
        BOOST_REQUIRE(!head("unknown " + std::to_string(key)));
        most = std::max(most, store->figures().memory_bytes);
    }
    BOOST_TEST(most <= memory_bytes);
    BOOST_TEST(most >= memory_bytes / 4);
}

BOOST_AUTO_TEST_SUITE_END()
