#include "proxy/session/conflict_log.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(proxy_session_conflict_log)

using namespace bkes;
using namespace bkes::proxy;

namespace {

void add_some(conflict_log& log, std::size_t count) {
    for (std::size_t index = 0; index < count; ++index) {
        log.add({.topic = "bkes", .key = std::to_string(index), .partition = partition_id{0}});
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_last_ones_are_remembered) {
    conflict_log log{true};
    add_some(log, conflict_log::remembered_max + 5);
    const auto all = log.after(0);
    BOOST_REQUIRE(all.size() == conflict_log::remembered_max);
    BOOST_TEST(all.front().key == "5");
    BOOST_TEST(all.front().number == 6U);
    BOOST_TEST(log.after(all.back().number - 2).size() == 2U);
    BOOST_TEST(log.after(all.back().number).empty());
}

BOOST_AUTO_TEST_CASE(who_listens_is_woken_until_he_leaves) {
    conflict_log log{true};
    boost::asio::io_context context;
    int woken = 0;
    auto ear = log.listen(context, [&woken] { ++woken; });
    add_some(log, 1);
    BOOST_TEST(woken == 0);  // not inside
    context.run();
    BOOST_TEST(woken == 1);
    add_some(log, 1);
    ear.reset();
    context.restart();
    context.run();
    BOOST_TEST(woken == 1);
}

BOOST_AUTO_TEST_CASE(nothing_is_kept_where_nobody_can_watch) {
    conflict_log log{false};
    add_some(log, 1);
    BOOST_TEST(log.after(0).empty());
}

BOOST_AUTO_TEST_SUITE_END()
