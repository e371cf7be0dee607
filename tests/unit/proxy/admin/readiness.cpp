#include "proxy/admin/readiness.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <vector>

namespace {

using namespace bkes;
using namespace bkes::proxy;
using namespace std::chrono_literals;
using sync::partition_state;

const std::chrono::steady_clock::time_point now{1h};

seen_partition in_state(partition_state state, int partition = 0) {
    return {"bkes", partition_id{partition}, {.state = state}};
}

boost::json::value reasons_of(service_phase phase, const std::vector<seen_partition>& partitions) {
    const auto judged = judge_readiness(phase, partitions, now);
    BOOST_TEST(!judged.is_ready);
    const auto parsed = boost::json::parse(judged.json);
    BOOST_TEST(!parsed.at("ready").as_bool());
    return parsed.at("reasons");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_admin_readiness)

BOOST_AUTO_TEST_CASE(ready_when_every_partition_is) {
    const std::vector partitions{in_state(partition_state::ready, 0),
                                 in_state(partition_state::ready, 1)};
    const auto judged = judge_readiness(service_phase::serving, partitions, now);
    BOOST_TEST(judged.is_ready);
    BOOST_TEST(judged.json == "{\"ready\":true}\n");
}

BOOST_AUTO_TEST_CASE(a_proxy_that_guards_nothing_is_ready_when_it_serves) {
    BOOST_TEST(judge_readiness(service_phase::serving, {}, now).is_ready);
    BOOST_TEST((reasons_of(service_phase::starting, {}) ==
                boost::json::parse(R"([{"reason":"starting"}])")));
}

BOOST_AUTO_TEST_CASE(who_drains_is_not_ready_whatever_its_partitions_are) {
    BOOST_TEST((reasons_of(service_phase::draining, {in_state(partition_state::ready)}) ==
                boost::json::parse(R"([{"reason":"draining"}])")));
}

BOOST_AUTO_TEST_CASE(each_partition_says_what_it_lacks) {
    const auto reasons =
        reasons_of(service_phase::serving,
                   {in_state(partition_state::ready, 0), in_state(partition_state::held, 1),
                    in_state(partition_state::not_owner, 2)});
    BOOST_TEST((reasons == boost::json::parse(R"([
        {"reason":"held","topic":"bkes","partition":1},
        {"reason":"lost_to_another_instance","topic":"bkes","partition":2}])")));
}

BOOST_AUTO_TEST_CASE(catching_up_says_how_far_and_how_long_yet) {
    const seen_partition one{"bkes",
                             partition_id{3},
                             {.state = partition_state::catching_up,
                              .next_offset = log_offset{600},
                              .end_offset = log_offset{1'000},
                              .catch_up_from = log_offset{400},
                              .catch_up_began = now - 10s}};
    BOOST_TEST((reasons_of(service_phase::serving, {one}) ==
                boost::json::parse(R"([{"reason":"catching_up","topic":"bkes","partition":3,
                    "percent":60.0,"offsets_left":400,"seconds_left":20.0}])")));
}

BOOST_AUTO_TEST_CASE(what_is_not_known_yet_is_not_told) {
    BOOST_TEST((reasons_of(service_phase::serving, {in_state(partition_state::catching_up)}) ==
                boost::json::parse(R"([{"reason":"catching_up","topic":"bkes","partition":0,
                    "offsets_left":0}])")));
}

BOOST_AUTO_TEST_SUITE_END()
