#include "sync/quotas/client_quotas.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace bkes;
using namespace bkes::sync;
using namespace std::chrono_literals;

namespace {

using enum entity_name::kind;

const entity_name all{.is = none, .name = {}};
const entity_name any{.is = default_value, .name = {}};
constexpr client_quotas::time_point start{1'000s};

quota_table default_of_client_ids(double bytes_per_second) {
    quota_table table;
    table.set({all, any}, bytes_per_second);
    return table;
}

struct counted {
    auto count(bytes_view client_id, std::size_t bytes, std::chrono::milliseconds at = 0ms) {
        return quotas.count({.user = "alice", .client_id = client_id}, bytes, start + at).count();
    }

    client_quotas quotas;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_quotas_client_quotas)

BOOST_AUTO_TEST_CASE(who_has_no_quota_is_never_held_up) {
    counted one;
    BOOST_TEST(!one.quotas.is_limiting());
    BOOST_TEST(one.count("app", 1'000'000'000) == 0);
}

BOOST_AUTO_TEST_CASE(each_client_id_has_its_own_share) {
    counted one;
    one.quotas.replace(default_of_client_ids(1'000));
    BOOST_TEST(one.quotas.is_limiting());
    BOOST_TEST(one.count("app", 11'000) == 1'000);
    BOOST_TEST(one.count("other", 10'000) == 0);
    BOOST_TEST(one.count("app", 0) == 1'000);
}

BOOST_AUTO_TEST_CASE(a_share_of_a_user_is_one_for_all_its_client_ids) {
    counted one;
    quota_table table;
    table.set({any, all}, 1'000);
    one.quotas.replace(std::move(table));
    BOOST_TEST(one.count("app", 6'000) == 0);
    BOOST_TEST(one.count("other", 6'000) == 2'000);
    BOOST_TEST(one.quotas.count({.user = "bob", .client_id = "app"}, 6'000, start).count() == 0);
}

BOOST_AUTO_TEST_CASE(a_changed_quota_counts_at_once_for_what_was_counted) {
    counted one;
    one.quotas.replace(default_of_client_ids(10'000));
    BOOST_TEST(one.count("app", 20'000) == 0);
    one.quotas.replace(default_of_client_ids(1'000));
    BOOST_TEST(one.count("app", 0) == 10'000);
    one.quotas.replace({});
    BOOST_TEST(!one.quotas.is_limiting());
    BOOST_TEST(one.count("app", 20'000) == 0);
}

BOOST_AUTO_TEST_CASE(client_ids_dont_fill_the_memory) {
    counted one;
    one.quotas.replace(default_of_client_ids(1'000));
    BOOST_TEST(one.count("first", 11'000) == 1'000);
    for (std::size_t number = 1; number < client_quotas::meters_max; ++number) {
        one.count(std::to_string(number), 1, 5s);
    }
    BOOST_TEST(one.count("first", 0, 5s) > 0);
    one.count("one more", 1, 5s);  // all are begun anew, as all are in use
    BOOST_TEST(one.count("first", 10'000, 5s) == 0);
}

BOOST_AUTO_TEST_CASE(who_is_quiet_leaves_room_for_others) {
    counted one;
    one.quotas.replace(default_of_client_ids(1'000));
    for (std::size_t number = 1; number < client_quotas::meters_max; ++number) {
        one.count(std::to_string(number), 1);
    }
    BOOST_TEST(one.count("late", 11'000, 10s) == 1'000);
    one.count("one more", 1, 11s);
    BOOST_TEST(one.count("late", 0, 11s) > 0);
}

BOOST_AUTO_TEST_CASE(long_client_ids_are_told_apart_by_their_beginning) {
    counted one;
    one.quotas.replace(default_of_client_ids(1'000));
    const std::string beginning(client_quotas::counted_name_bytes, 'x');
    BOOST_TEST(one.count(beginning + "a", 11'000) == 1'000);
    BOOST_TEST(one.count(beginning + "b", 0) == 1'000);
    BOOST_TEST(one.count(beginning.substr(1), 0) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
