#include "sync/quotas/quota_table.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <string>
#include <vector>

using namespace bkes;
using namespace bkes::sync;

namespace {

using enum entity_name::kind;

const entity_name all{.is = none, .name = {}};
const entity_name any{.is = default_value, .name = {}};

entity_name named(std::string name) {
    return {.is = exact, .name = std::move(name)};
}

constexpr double unlimited = 9'223'372'036'854'775'807.0;

const produce_client alice{.user = "alice", .client_id = "app"};
const produce_client unknown{.user = {}, .client_id = "app"};

/// A quota that fits alice's app, and who shares it.
struct level {
    quota_entity entity;
    std::string user;
    std::string client_id;
};

const std::vector<level> levels_by_precedence{
    {{named("alice"), named("app")}, "alice", "app"},
    {{named("alice"), any}, "alice", "app"},
    {{named("alice"), all}, "alice", ""},
    {{any, named("app")}, "alice", "app"},
    {{any, any}, "alice", "app"},
    {{any, all}, "alice", ""},
    {{all, named("app")}, "", "app"},
    {{all, any}, "", "app"},
};

quota_table table_of(std::size_t first_level) {
    quota_table table;
    for (auto number = first_level; number < levels_by_precedence.size(); ++number) {
        table.set(levels_by_precedence[number].entity, 100.0 + static_cast<double>(number));
    }
    return table;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_quotas_quota_table)

BOOST_AUTO_TEST_CASE(the_most_specific_quota_counts) {
    for (std::size_t number = 0; number < levels_by_precedence.size(); ++number) {
        const auto& expected = levels_by_precedence[number];
        const auto found = table_of(number).find(alice);
        BOOST_REQUIRE(found);
        BOOST_TEST(found->bytes_per_second == 100.0 + static_cast<double>(number));
        BOOST_TEST(found->user == expected.user);
        BOOST_TEST(found->client_id == expected.client_id);
    }
    BOOST_TEST(!quota_table{}.find(alice).has_value());
}

BOOST_AUTO_TEST_CASE(quotas_of_others_dont_count) {
    quota_table table;
    table.set({named("bob"), named("app")}, 1);
    table.set({named("bob"), any}, 2);
    table.set({named("bob"), all}, 3);
    table.set({any, named("other")}, 4);
    table.set({all, named("other")}, 5);
    BOOST_TEST(!table.find(alice).has_value());
    BOOST_TEST(table.find({.user = "bob", .client_id = "x"})->bytes_per_second == 2);
}

BOOST_AUTO_TEST_CASE(a_default_quota_is_one_for_each) {
    quota_table table;
    table.set({any, all}, 7);
    BOOST_TEST(table.find(alice)->user == "alice");
    BOOST_TEST(table.find({.user = "bob", .client_id = "app"})->user == "bob");
}

BOOST_AUTO_TEST_CASE(who_gives_no_client_id_has_no_quota_of_client_ids) {
    const produce_client nameless{.user = "alice", .client_id = ""};
    BOOST_TEST(table_of(0).find(nameless)->bytes_per_second == 102);
    BOOST_TEST(table_of(3).find(nameless)->bytes_per_second == 105);
    BOOST_TEST(table_of(3).find(nameless)->client_id == "");
    BOOST_TEST(!table_of(6).find(nameless).has_value());
}

BOOST_AUTO_TEST_CASE(an_unknown_user_has_no_quota_of_a_user) {
    BOOST_TEST(table_of(6).find(unknown)->bytes_per_second == 106);
    BOOST_TEST(table_of(7).find(unknown)->bytes_per_second == 107);
    // One for any user comes before those of client ids, whoever it is.
    BOOST_TEST(!table_of(5).find(unknown).has_value());
    quota_table table;
    table.set({named("alice"), all}, 1);
    table.set({all, any}, 2);
    BOOST_TEST(table.find(unknown)->bytes_per_second == 2);
}

BOOST_AUTO_TEST_CASE(the_largest_number_is_no_quota) {
    auto table = table_of(1);
    table.set(levels_by_precedence[0].entity, unlimited);
    BOOST_TEST(!table.find(alice).has_value());
    BOOST_TEST(table.is_limiting());
    quota_table exempting;
    BOOST_TEST(!exempting.is_limiting());
    exempting.set({named("bkes"), named("bkes-append")}, unlimited);
    BOOST_TEST(!exempting.is_limiting());
}

BOOST_AUTO_TEST_SUITE_END()
