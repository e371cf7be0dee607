// Ten thousand clients at once: on one key, by one producer, gone together. The thread has other
// partitions too, so no turn may take time that grows with the square of those who wait.

#include "tests/unit/sync/sequencer/sequencer_bench.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace bkes::tests {

namespace {

using seconds = std::chrono::duration<double>;

/// One crowd; gives the part of it whose time counts.
using crowd = std::function<std::function<void()>(sequencer_bench&, int)>;

seconds time_of(const crowd& gather, int size) {
    auto best = seconds::max();
    for (int round = 0; round < 3; ++round) {
        sequencer_bench b{5};
        const auto act = gather(b, size);
        const auto start = std::chrono::steady_clock::now();
        act();
        best = std::min<seconds>(best, std::chrono::steady_clock::now() - start);
    }
    return best;
}

/// How much longer it takes with sixteen times as many.
double growth(const crowd& gather) {
    constexpr int few = 1'250;
    const auto small = time_of(gather, few);
    const auto large = time_of(gather, 16 * few);
    BOOST_TEST_MESSAGE(few << ": " << small.count() * 1e3 << " ms, " << 16 * few << ": "
                           << large.count() * 1e3 << " ms");
    return large / small;
}

/// Sixteen times as long, not 256 times. Memory is slower when it is more, and the machine may be
/// busy, so there is room in between.
void grows_with_the_crowd(const crowd& gather) {
    BOOST_TEST(growth(gather) < 100);
}

/// An append that is under way, so that what doesn't fit its key is held.
void one_in_flight(sequencer_bench& b) {
    b.submit({event("k", 0)});
    b.sent_now();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_sequencer_crowds)

BOOST_AUTO_TEST_CASE(orders_that_come_backwards) {
    grows_with_the_crowd([](sequencer_bench& b, int size) {
        one_in_flight(b);
        for (int order = size; order > 1; --order) b.submit({event("k", order)});
        b.take();
        return [&b, size] {
            b.submit({event("k", 1)});
            std::size_t sent = 0;
            for (const auto& batch : b.take()) sent += batch.appends.size();
            BOOST_TEST(sent == static_cast<std::size_t>(size));
        };
    });
}

BOOST_AUTO_TEST_CASE(commits_wake_none_that_wait_for_an_order_far_above) {
    const auto measured = growth([](sequencer_bench& b, int size) {
        one_in_flight(b);
        for (int i = 0; i < size; ++i) b.submit({event("k", 1'000'000 + i)});
        b.take();
        return [&b, size] {
            for (int order = 1; order < 50; ++order) {
                b.submit({event("k", order)});
                const auto earlier = b.last;
                b.sent_now();
                b.ack(earlier);
                b.store();
                b.take();
            }
            BOOST_TEST(b.machine.counts().waiting_appends == static_cast<std::size_t>(size));
        };
    });
    BOOST_TEST(measured < 8);  // each commit takes as long as without them
}

BOOST_AUTO_TEST_CASE(losers_of_a_race) {
    grows_with_the_crowd([](sequencer_bench& b, int size) {
        one_in_flight(b);
        for (int i = 0; i < size; ++i) b.submit({event("k", 0)});
        b.take();
        return [&b, size] {
            b.ack_and_store();
            b.take();
            BOOST_TEST(b.answers.size() == static_cast<std::size_t>(size) + 1);
        };
    });
}

BOOST_AUTO_TEST_CASE(a_long_chain_is_stored) {
    grows_with_the_crowd([](sequencer_bench& b, int size) {
        for (int order = 0; order < size; ++order) b.submit({event("k", order)});
        const auto batches = b.take();
        return [&b, batches] {
            for (const auto& batch : batches) b.ack(batch.id);
            b.store();
            b.take();
        };
    });
}

BOOST_AUTO_TEST_CASE(a_long_chain_is_not_written) {
    grows_with_the_crowd([](sequencer_bench& b, int size) {
        for (int order = 0; order < size; ++order) b.submit({event("k", order)});
        const auto batches = b.take();
        return [&b, batches] {
            for (const auto& batch : batches) b.machine.not_written(batch.id);
            b.take();
        };
    });
}

BOOST_AUTO_TEST_CASE(clients_leave_that_were_held) {
    grows_with_the_crowd([](sequencer_bench& b, int size) {
        one_in_flight(b);
        for (int i = 0; i < size; ++i) b.submit({event("k", 0)});
        b.take();
        return [&b, size] {
            for (int i = 2; i < size + 2; ++i) b.machine.cancel(append_id{std::uint64_t(i)});
            b.take();
            BOOST_TEST(b.machine.counts().waiting_appends == 0U);
        };
    });
}

BOOST_AUTO_TEST_CASE(clients_leave_that_were_ready) {
    grows_with_the_crowd([](sequencer_bench& b, int size) {
        for (int i = 0; i < size; ++i) b.submit({event("k", order_condition::any())});
        static_cast<void>(b.machine.take_actions(0));
        return [&b, size] {
            for (int i = 1; i <= size; ++i) b.machine.cancel(append_id{std::uint64_t(i)});
            b.take();
            BOOST_TEST(b.machine.counts().waiting_appends == 0U);
        };
    });
}

BOOST_AUTO_TEST_CASE(producers_with_two_ready_batches_expire_beside_as_many_that_stay) {
    grows_with_the_crowd([](sequencer_bench& b, int size) {
        for (int i = 0; i < size; ++i) {
            b.submit({event("stays", order_condition::any())});
            for (int n = 0; n < 2; ++n) {
                b.submit({.records = {event("k", order_condition::any())},
                          .sequence = sequence(i, 0, n),
                          .hold_until = at(10)});
            }
        }
        static_cast<void>(b.machine.take_actions(0));
        return [&b, size] {
            b.machine.expire(at(10));
            b.take();
            BOOST_TEST(b.answers.size() == static_cast<std::size_t>(2 * size));
        };
    });
}

BOOST_AUTO_TEST_CASE(the_line_of_one_producer) {
    grows_with_the_crowd([](sequencer_bench& b, int size) {
        one_in_flight(b);
        for (int n = 0; n < size; ++n) b.submit({event("k", n + 1)}, sequence(1, 0, n));
        b.take();
        b.submit({event("k", 0)}, sequence(1, 0, size));  // a conflict in the end
        for (int n = 0; n < size; ++n) {
            b.submit({event("l", order_condition::any())}, sequence(1, 0, size + 1 + n));
        }
        return [&b] {
            b.take();
            b.machine.refused(b.last, 29, sync::refusal_blame::whole_batch);
            for (const auto& [id, appends] : b.sent) {
                if (id != b.last) b.machine.not_written(id);
            }
            b.take();
            BOOST_TEST(b.machine.counts().waiting_appends == 0U);
        };
    });
}

BOOST_AUTO_TEST_CASE(keys_that_another_partition_claims) {
    std::vector<std::string> names(20'000);
    for (std::size_t i = 0; i < names.size(); ++i) names[i] = "new-" + std::to_string(i);
    grows_with_the_crowd([&names](sequencer_bench& b, int size) {
        for (int i = 0; i < size; ++i) {
            b.submit({event("ready", order_condition::any())});
            b.table.holders[names[static_cast<std::size_t>(i)]] = partition_id{1};
            b.submit({event(names[static_cast<std::size_t>(i)], 0)});
        }
        static_cast<void>(b.machine.take_actions(0));
        return [&b, &names, size] {
            for (int i = 0; i < size; ++i) {
                b.table.holders.erase(names[static_cast<std::size_t>(i)]);
                b.machine.head_changed(names[static_cast<std::size_t>(i)]);
            }
            static_cast<void>(b.machine.take_actions(0));
            BOOST_TEST(b.machine.counts().sendable_records == static_cast<std::size_t>(2 * size));
        };
    });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::tests
