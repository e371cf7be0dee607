#include "sync/membership/group_view.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(sync_membership_group_view)

using namespace bkes;
using namespace bkes::sync;
using namespace std::chrono_literals;

namespace {

constexpr boot_clock::time_point asked_at{5s};

group_member_view member(const std::string& instance,
                         std::vector<std::pair<std::string, std::int32_t>> partitions) {
    group_member_view made{
        .name = {.host = "host-of-" + instance, .port = 9092, .instance = instance}};
    for (auto& [topic, number] : partitions) {
        made.partitions.push_back({.topic = std::move(topic), .partition = partition_id{number}});
    }
    return made;
}

group_view stable(std::vector<group_member_view> members) {
    return {asked_at, std::move(members), true, nullptr};
}

group_view rebalancing(std::vector<group_member_view> members, const group_view* before) {
    return {asked_at, std::move(members), false, before};
}

std::string owner(const group_view& view, const std::string& topic, std::int32_t number) {
    const auto* const found = view.owner_of(topic, partition_id{number});
    return found == nullptr ? "nobody" : found->name.instance;
}

}  // namespace

BOOST_AUTO_TEST_CASE(tells_who_owns_what) {
    const auto view = stable(
        {member("a", {{"t", 0}, {"t", 2}, {"u", 1}}), member("b", {{"t", 1}}), member("c", {})});
    BOOST_TEST(owner(view, "t", 0) == "a");
    BOOST_TEST(owner(view, "t", 1) == "b");
    BOOST_TEST(owner(view, "t", 2) == "a");
    BOOST_TEST(owner(view, "u", 1) == "a");
    BOOST_TEST(view.owner_of("t", partition_id{1})->name.host == "host-of-b");
    BOOST_TEST(view.members().size() == 3U);
    BOOST_TEST(view.is_stable());
    BOOST_TEST((view.asked_at() == asked_at));
}

BOOST_AUTO_TEST_CASE(tells_what_nobody_owns) {
    const auto view = stable({member("a", {{"t", 1}})});
    for (const std::int32_t number : {-1, 0, 2, 1'000'000'000}) {
        BOOST_TEST(owner(view, "t", number) == "nobody");
    }
    BOOST_TEST(owner(view, "", 1) == "nobody");
    BOOST_TEST(owner(view, "tt", 1) == "nobody");
    BOOST_TEST(owner(stable({}), "t", 0) == "nobody");
}

BOOST_AUTO_TEST_CASE(knows_its_members) {
    const auto view = stable({member("a", {{"t", 0}}), member("b", {})});
    BOOST_TEST(view.has_member("a"));
    BOOST_TEST(view.has_member("b"));
    BOOST_TEST(!view.has_member("c"));
    BOOST_TEST(!view.has_member(""));
}

// Assignments are another program's words.
BOOST_AUTO_TEST_CASE(leaves_out_partitions_that_can_not_be) {
    const auto view = stable({member("a", {{"t", -1}, {"t", 2'147'483'647}, {"t", 3}})});
    BOOST_TEST(owner(view, "t", -1) == "nobody");
    BOOST_TEST(owner(view, "t", 2'147'483'647) == "nobody");
    BOOST_TEST(owner(view, "t", 3) == "a");
}

BOOST_AUTO_TEST_CASE(of_a_group_that_rebalances_those_who_are_there_keep_what_they_had) {
    const auto before = stable({member("a", {{"t", 0}}), member("b", {{"t", 1}})});
    const auto view = rebalancing({member("c", {}), member("b", {})}, &before);
    BOOST_TEST(!view.is_stable());
    BOOST_TEST(owner(view, "t", 0) == "nobody");  // a is gone
    BOOST_TEST(owner(view, "t", 1) == "b");
    BOOST_TEST(!view.has_member("a"));
    BOOST_TEST(view.has_member("c"));
}

BOOST_AUTO_TEST_CASE(they_keep_it_over_several_views) {
    const auto before = stable({member("a", {{"t", 0}}), member("b", {{"t", 1}})});
    const auto first = rebalancing({member("a", {}), member("b", {})}, &before);
    const auto second = rebalancing({member("b", {}), member("a", {})}, &first);
    BOOST_TEST(owner(second, "t", 0) == "a");
    BOOST_TEST(owner(second, "t", 1) == "b");
}

// A process that was started anew at the same address is another one.
BOOST_AUTO_TEST_CASE(who_has_another_name_keeps_nothing) {
    const auto before = stable({member("a", {{"t", 0}})});
    auto anew = member("a2", {});
    anew.name.host = "host-of-a";
    BOOST_TEST(owner(rebalancing({anew}, &before), "t", 0) == "nobody");
}

BOOST_AUTO_TEST_CASE(a_stable_one_forgets_what_was_before) {
    const auto before = stable({member("a", {{"t", 0}}), member("b", {{"t", 1}})});
    const group_view view{asked_at, {member("a", {{"t", 1}}), member("b", {})}, true, &before};
    BOOST_TEST(owner(view, "t", 0) == "nobody");
    BOOST_TEST(owner(view, "t", 1) == "a");
}

BOOST_AUTO_TEST_CASE(the_first_one_may_rebalance) {
    const auto view = rebalancing({member("a", {})}, nullptr);
    BOOST_TEST(view.has_member("a"));
    BOOST_TEST(owner(view, "t", 0) == "nobody");
}

BOOST_AUTO_TEST_SUITE_END()
