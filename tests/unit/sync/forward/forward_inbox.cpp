#include "sync/forward/forward_inbox.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(sync_forward_forward_inbox)

using namespace bkes;
using namespace bkes::sync;
using arrival = forward_inbox::arrival;

namespace {

using ids = std::vector<std::int64_t>;

constexpr std::size_t all = 1'000;

append_answer answer(const std::string& text) {
    append_answer made;
    made.outcome = append_result::written;
    made.text = text;
    return made;
}

ids untold(forward_inbox& inbox, std::size_t most = all) {
    ids found;
    for (const auto& [id, heard] : inbox.take_untold(most)) {
        found.push_back(id);
    }
    return found;
}

forward_inbox inbox_with(const ids& begun) {
    forward_inbox inbox;
    for (const auto id : begun) {
        BOOST_TEST((inbox.take(id) == arrival::is_new));
    }
    return inbox;
}

/// What an inbox is to do, in the plainest words.
struct model {
    std::set<std::int64_t> begun{};
    std::map<std::int64_t, std::string> answers{};
    std::set<std::int64_t> told{};  ///< on this connection
    std::int64_t heard = 0;

    [[nodiscard]] std::set<std::int64_t> untold() const {
        std::set<std::int64_t> found;
        for (const auto& [id, text] : answers) {
            if (id > heard && !told.contains(id)) {
                found.insert(id);
            }
        }
        return found;
    }

    [[nodiscard]] std::size_t undecided() const {
        return static_cast<std::size_t>(std::ranges::count_if(
            begun, [this](std::int64_t id) { return id > heard && !answers.contains(id); }));
    }
};

void check_told(forward_inbox& inbox, model& expected, std::size_t most) {
    const auto before = expected.untold();
    const auto told = inbox.take_untold(most);
    BOOST_REQUIRE(told.size() == std::min(most, before.size()));
    for (const auto& [id, heard] : told) {
        BOOST_REQUIRE(before.contains(id));
        BOOST_REQUIRE(heard.text == expected.answers.at(id));
        BOOST_REQUIRE(expected.told.insert(id).second);
    }
}

void do_something(std::mt19937_64& random, forward_inbox& inbox, model& expected) {
    const auto id = expected.heard - 3 + static_cast<std::int64_t>(random() % 30);
    switch (random() % 8) {
        case 0:
        case 1:
        case 2: {
            const bool is_new = id > expected.heard && expected.begun.insert(id).second;
            BOOST_REQUIRE((inbox.take(id) == (is_new ? arrival::is_new : arrival::known)));
            break;
        }
        case 3:
        case 4: {
            const auto text = std::to_string(random());
            if (id > expected.heard && expected.begun.contains(id)) {
                expected.answers.emplace(id, text);  // the first one counts
            }
            inbox.decided(id, answer(text));
            break;
        }
        case 5:
            check_told(inbox, expected, random() % 5);
            break;
        case 6:
            if (random() % 4 == 0) {
                expected.heard = std::max(expected.heard, id);
                inbox.heard_up_to(id);
            }
            break;
        default:
            if (random() % 8 == 0) {
                expected.told.clear();
                inbox.connected_anew();
            }
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(tells_outcomes_in_the_order_in_which_they_came) {
    auto inbox = inbox_with({1, 2, 3});
    BOOST_TEST(inbox.undecided() == 3U);
    BOOST_TEST(!inbox.has_untold());
    inbox.decided(3, answer("c"));
    inbox.decided(1, answer("a"));
    BOOST_TEST(inbox.undecided() == 1U);
    BOOST_TEST(inbox.has_untold());
    BOOST_TEST(untold(inbox) == (ids{3, 1}), boost::test_tools::per_element());
    BOOST_TEST(!inbox.has_untold());
    inbox.decided(2, answer("b"));
    const auto last = inbox.take_untold(all);
    BOOST_REQUIRE(last.size() == 1U);
    BOOST_TEST(last.front().first == 2);
    BOOST_TEST(last.front().second.text == "b");
    BOOST_TEST((last.front().second.outcome == append_result::written));
}

BOOST_AUTO_TEST_CASE(tells_only_so_many_at_once) {
    auto inbox = inbox_with({1, 2, 3});
    for (const auto id : {1, 2, 3}) {
        inbox.decided(id, answer(""));
    }
    BOOST_TEST(untold(inbox, 2) == (ids{1, 2}), boost::test_tools::per_element());
    BOOST_TEST(untold(inbox, 0).empty());
    BOOST_TEST(untold(inbox, 2) == ids{3}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_comes_again_joins_what_was_begun) {
    auto inbox = inbox_with({1});
    BOOST_TEST((inbox.take(1) == arrival::known));
    inbox.decided(1, answer("a"));
    BOOST_TEST((inbox.take(1) == arrival::known));
    BOOST_TEST(untold(inbox) == ids{1}, boost::test_tools::per_element());
    BOOST_TEST((inbox.take(1) == arrival::known));
    BOOST_TEST(untold(inbox).empty());
}

BOOST_AUTO_TEST_CASE(only_the_first_decision_counts) {
    auto inbox = inbox_with({1});
    inbox.decided(1, answer("a"));
    inbox.decided(1, answer("b"));
    const auto told = inbox.take_untold(all);
    BOOST_REQUIRE(told.size() == 1U);
    BOOST_TEST(told.front().second.text == "a");
    BOOST_TEST(inbox.undecided() == 0U);
}

BOOST_AUTO_TEST_CASE(what_was_never_begun_is_not_decided) {
    forward_inbox inbox;
    inbox.decided(7, answer(""));
    BOOST_TEST(!inbox.has_untold());
    BOOST_TEST((inbox.take(7) == arrival::is_new));
}

BOOST_AUTO_TEST_CASE(tells_all_again_on_a_new_connection) {
    auto inbox = inbox_with({1, 2, 3});
    inbox.decided(2, answer("b"));
    inbox.decided(1, answer("a"));
    BOOST_TEST(untold(inbox, 1) == ids{2}, boost::test_tools::per_element());
    inbox.connected_anew();
    auto again = untold(inbox);
    std::ranges::sort(again);
    BOOST_TEST(again == (ids{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(forgets_what_was_heard) {
    auto inbox = inbox_with({1, 2, 3});
    inbox.decided(1, answer(""));
    inbox.decided(3, answer(""));
    inbox.heard_up_to(1);
    BOOST_TEST(untold(inbox) == ids{3}, boost::test_tools::per_element());
    inbox.connected_anew();
    BOOST_TEST(untold(inbox) == ids{3}, boost::test_tools::per_element());
    BOOST_TEST((inbox.take(1) == arrival::known));  // late, from a connection that was lost
    inbox.heard_up_to(0);                           // and so is this
    BOOST_TEST((inbox.take(1) == arrival::known));
    BOOST_TEST(inbox.undecided() == 1U);
}

BOOST_AUTO_TEST_CASE(one_that_is_held_for_long_keeps_no_others) {
    forward_inbox inbox;
    inbox.take(1);
    for (std::int64_t id = 2; id < 10; ++id) {
        inbox.take(id);
        inbox.decided(id, {});
        inbox.heard(id);
        BOOST_TEST((inbox.take(id) == forward_inbox::arrival::known));
    }
    inbox.heard(1);  // of what isn't decided nobody can have heard
    BOOST_TEST(!inbox.has_untold());
    BOOST_TEST(inbox.undecided() == 1U);
    inbox.decided(1, {});
    BOOST_TEST(inbox.take_untold(10).size() == 1U);
    inbox.heard(1);
    BOOST_TEST(inbox.is_empty());
}

BOOST_AUTO_TEST_CASE(what_was_given_up_over_there_is_forgotten_undecided) {
    auto inbox = inbox_with({1, 2});
    inbox.heard_up_to(1);
    BOOST_TEST(inbox.undecided() == 1U);
    inbox.decided(1, answer(""));
    BOOST_TEST(!inbox.has_untold());
    BOOST_TEST(inbox.undecided() == 1U);
}

BOOST_AUTO_TEST_CASE(beyond_its_limit_each_is_decided_at_once) {
    forward_inbox inbox;
    constexpr auto limit = static_cast<std::int64_t>(forward_inbox::appends_max);
    std::size_t begun = 0;
    for (std::int64_t id = 1; id <= limit; ++id) {
        begun += inbox.take(id) == arrival::is_new ? 1 : 0;
    }
    BOOST_TEST(begun == forward_inbox::appends_max);
    BOOST_TEST((inbox.take(limit + 1) == arrival::known));
    BOOST_TEST(inbox.undecided() == forward_inbox::appends_max);
    const auto told = inbox.take_untold(all);
    BOOST_REQUIRE(told.size() == 1U);
    BOOST_TEST(told.front().first == limit + 1);
    BOOST_TEST((told.front().second.outcome == append_result::not_ready));
    BOOST_TEST(!told.front().second.text.empty());
    inbox.heard_up_to(limit + 1);
    BOOST_TEST((inbox.take(limit + 2) == arrival::is_new));
}

BOOST_AUTO_TEST_CASE(does_what_a_plain_model_does) {
    const auto seed = std::random_device{}();
    BOOST_TEST_CONTEXT("seed " << seed) {
        std::mt19937_64 random{seed};
        for (int round = 0; round < 50; ++round) {
            forward_inbox inbox;
            model expected;
            for (int step = 0; step < 1'000; ++step) {
                do_something(random, inbox, expected);
                BOOST_REQUIRE(inbox.has_untold() == !expected.untold().empty());
                BOOST_REQUIRE(inbox.undecided() == expected.undecided());
            }
            check_told(inbox, expected, all);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
