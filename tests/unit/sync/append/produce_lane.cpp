#include "sync/append/produce_lane.hpp"

#include "sync/broker/link_errors.hpp"
#include "tests/support/io_fixture.hpp"
#include "tests/support/scripted_broker.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace {

using namespace bkes;
using namespace bkes::sync;
using namespace std::chrono_literals;
using bkes::test::reply;
using bkes::test::scripted_broker;

/// Has batches of one record; gives one each time that a request leaves.
struct user final : lane_user {
    user(produce_lane& on, std::int32_t number) : lane{on}, partition{number} {}

    void has(std::size_t more) {
        ready += more;
        lane.announce(*this, ready);
    }

    void departs() override {
        if (ready > 0) {
            add();
            --ready;
        }
        lane.announce(*this, ready);
    }

    void lane_ended() override {
        ++ends;
        on_end();
    }

    void add() {
        lane.add({.topic = topic,
                  .topic_id = topic_id,
                  .partition = partition_id{partition},
                  .records = records,
                  .record_count = record_count,
                  .answered = [this](const result<produce_lane::partition_answer>& answer) {
                      if (answer) {
                          offsets.push_back(answer->base_offset);
                          codes.push_back(answer->error_code);
                      } else {
                          errors.push_back(answer.error());
                      }
                      on_answer();
                  }});
    }

    produce_lane& lane;
    std::int32_t partition;
    bytes topic = "t";
    uuid topic_id{.octets = {1}};
    bytes records = "records";
    std::size_t record_count = 1;
    std::size_t ready = 0;
    std::vector<std::int64_t> offsets;
    std::vector<std::int16_t> codes;
    std::vector<std::error_code> errors;
    int ends = 0;
    std::function<void()> on_answer = [] {};
    std::function<void()> on_end = [] {};
};

/// A broker that answers each partition with the number of the request as base offset.
struct fixture : bkes::test::io_fixture {
    using partitions = std::vector<std::int32_t>;

    std::vector<partitions> requests;  ///< which partitions each Produce named
    std::map<std::int32_t, std::int16_t> refused;
    std::optional<std::int32_t> left_out;
    std::vector<std::int16_t> versions;
    std::int32_t throttle_time_ms = 0;
    scripted_broker broker{context, [this](const protocol::request_view& request) {
                               return request.header.key == protocol::produce_request::schema.key
                                          ? produce(request)
                                          : offer_topics_by_id(request);
                           }};
    std::deque<user> users;  // hear of the end of the lane
    std::shared_ptr<throttle_report> throttled =
        std::make_shared<throttle_report>(throttle_report::sender{});
    std::shared_ptr<produce_lanes> lanes = std::make_shared<produce_lanes>(
        context, "test", 0ms, std::shared_ptr<link_security>{}, throttled);
    std::shared_ptr<produce_lane> lane = lanes->to(address());

    fixture() : io_fixture{10s} {
        bool is_open = false;
        lane->open([&is_open](std::error_code error) { is_open = !error; });
        run_until([&is_open] { return is_open; });
        for (std::int32_t number = 0; number < 3; ++number) {
            users.emplace_back(*lane, number);
        }
    }

    [[nodiscard]] broker_address address() const {
        return {.id = node_id{1}, .host = "127.0.0.1", .port = broker.port()};
    }

    static reply offer_topics_by_id(const protocol::request_view& request) {
        protocol::api_versions_response response;
        response.api_keys.push_back({.api_key = protocol::produce_request::schema.key,
                                     .min_version = 3,
                                     .max_version = 13});
        return scripted_broker::answer(request, response);
    }

    reply produce(const protocol::request_view& request) {
        const auto asked =
            protocol::decode<protocol::produce_request>(request.body, request.header.version);
        versions.push_back(request.header.version);
        protocol::produce_response response;
        response.throttle_time_ms = throttle_time_ms;
        auto& named = requests.emplace_back();
        for (const auto& topic : asked->topic_data) {
            auto& answered = response.responses.emplace_back();
            answered.name = topic.name;  // whichever of both the version has
            answered.topic_id = topic.topic_id;
            for (const auto& partition : topic.partition_data) {
                named.push_back(partition.index);
                if (partition.index == left_out) {
                    continue;
                }
                auto& one = answered.partition_responses.emplace_back();
                one.index = partition.index;
                one.error_code = refused[partition.index];
                one.base_offset = static_cast<std::int64_t>(requests.size());
            }
        }
        return scripted_broker::answer(request, response);
    }

    void run_until_answered(std::size_t count) {
        run_until([&] {
            std::size_t answers = 0;
            for (const auto& one : users) {
                answers += one.offsets.size() + one.errors.size();
            }
            return answers == count;
        });
    }

    /// What the second user still has when the first one is answered, whose records under way are
    /// too many for the second one's to follow at once.
    std::size_t ready_when_told() {
        std::size_t ready = 99;
        users[0].on_answer = [&] { ready = users[1].ready; };
        users[0].record_count = 9;
        users[0].add();
        users[1].has(1);
        run_until_answered(2);
        return ready;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync_produce_lane, fixture)

BOOST_AUTO_TEST_CASE(what_gets_ready_in_one_turn_leaves_in_one_request) {
    for (auto& one : users) {
        one.has(1);
    }
    run_until_answered(3);
    BOOST_TEST(requests.size() == 1U);
    BOOST_TEST((requests.front() == partitions{0, 1, 2}));
    for (const auto& one : users) {
        BOOST_TEST(one.offsets == std::vector<std::int64_t>{1});
    }
}

BOOST_AUTO_TEST_CASE(little_leaves_at_once_though_others_are_under_way) {
    users[0].add();
    users[1].has(7);
    run_until([this] { return users[1].ready < 7; });
    BOOST_TEST(users[0].offsets.empty());
}

BOOST_AUTO_TEST_CASE(much_gathers_while_others_are_under_way) {
    users[0].add();
    users[1].has(8);  // and one under way
    context.poll_one();
    BOOST_TEST(users[1].ready == 8U);
    users[2].has(56);  // 64 for one under way
    run_until([this] { return users[2].ready == 55; });
    BOOST_TEST(users[1].ready == 7U);
}

BOOST_AUTO_TEST_CASE(two_batches_of_one_partition_leave_in_two_requests_in_order) {
    users[0].has(2);
    users[1].has(1);
    run_until_answered(3);
    BOOST_TEST(requests.size() == 2U);
    BOOST_TEST((requests[0] == partitions{0, 1}));
    BOOST_TEST((requests[1] == partitions{0}));
    BOOST_TEST((users[0].offsets == std::vector<std::int64_t>{1, 2}));
}

BOOST_AUTO_TEST_CASE(a_refusal_is_told_to_its_partition_only) {
    refused[1] = 10;
    for (auto& one : users) {
        one.has(1);
    }
    run_until_answered(3);
    BOOST_TEST(users[0].codes.front() == 0);
    BOOST_TEST(users[1].codes.front() == 10);
    BOOST_TEST(users[2].codes.front() == 0);
}

BOOST_AUTO_TEST_CASE(after_a_clean_answer_the_next_request_leaves_before_it_is_told) {
    BOOST_TEST(ready_when_told() == 0U);
}

BOOST_AUTO_TEST_CASE(after_a_refusal_it_is_told_first) {
    refused[0] = 10;
    BOOST_TEST(ready_when_told() == 1U);
}

BOOST_AUTO_TEST_CASE(a_partition_that_the_answer_lacks_ends_the_connection) {
    left_out = 1;
    users[0].has(1);
    users[1].has(1);
    run_until_answered(2);
    BOOST_TEST(users[0].offsets.size() == 1U);
    BOOST_TEST(users[1].errors.front() == make_error_code(link_errc::bad_answer));
    BOOST_TEST(lane->is_closed());
    BOOST_TEST(lanes->to(address()) != lane);
}

BOOST_AUTO_TEST_CASE(a_topic_without_id_goes_by_name_and_apart) {
    users[0].topic_id = {};
    users[0].has(1);
    users[1].has(1);
    run_until_answered(2);
    BOOST_TEST(requests.size() == 2U);
    BOOST_TEST(versions[0] == 12);
    BOOST_TEST(versions[1] == 13);
}

BOOST_AUTO_TEST_CASE(a_throttle_time_is_reported) {
    users[0].has(1);
    run_until_answered(1);
    BOOST_TEST(throttled->seen().answers == 0U);
    throttle_time_ms = 250;
    users[0].has(1);
    run_until_answered(2);
    BOOST_TEST(throttled->seen().answers == 1U);
    BOOST_TEST(throttled->seen().time.count() == 250);
}

BOOST_AUTO_TEST_CASE(large_batches_wait_for_the_next_request) {
    for (auto& one : users) {
        one.records.assign(std::size_t{3} << 20U, 'x');
        one.has(1);
    }
    run_until_answered(3);
    BOOST_TEST(requests.size() == 2U);
    BOOST_TEST((requests[0] == partitions{0, 1}));
    BOOST_TEST((requests[1] == partitions{2}));
}

BOOST_AUTO_TEST_CASE(who_has_left_is_not_asked_any_more) {
    users[0].has(1);
    users[1].has(1);
    lane->leave(users[0]);
    run_until_answered(1);
    BOOST_TEST((requests.front() == partitions{1}));
    BOOST_TEST(users[0].ready == 1U);
}

BOOST_AUTO_TEST_CASE(one_broker_has_one_lane_as_long_as_somebody_uses_it) {
    BOOST_TEST(lanes->to(address()) == lane);
    const std::weak_ptr<produce_lane> weak = lane;
    const auto link = lane->link();
    lane.reset();
    BOOST_TEST(weak.expired());
    BOOST_TEST(link->is_closed());
}

BOOST_AUTO_TEST_CASE(what_is_under_way_when_the_last_user_goes_is_answered_as_closed) {
    users[0].add();
    lane.reset();
    run_until_answered(1);
    BOOST_TEST(users[0].errors.front() == make_error_code(link_errc::closed));
}

BOOST_AUTO_TEST_CASE(all_hear_at_once_that_the_broker_ended_a_quiet_connection) {
    for (auto& one : users) {
        lane->join(one);
    }
    users[0].on_end = [this] {  // who leaves inside isn't told any more
        lane->leave(users[0]);
        lane->leave(users[1]);
    };
    broker.close_connections();
    run_until([this] { return users[2].ends == 1; });
    BOOST_TEST(users[0].ends == 1);
    BOOST_TEST(users[1].ends == 0);
    BOOST_TEST(lane->is_closed());
}

BOOST_AUTO_TEST_CASE(those_too_whose_batch_was_not_in_the_answer_that_ends_it) {
    left_out = 1;
    lane->join(users[2]);
    users[1].has(1);
    run_until_answered(1);
    BOOST_TEST(users[2].ends == 1);
}

BOOST_AUTO_TEST_CASE(the_last_user_may_go_inside) {
    lane->join(users[0]);
    users[0].on_end = [this] {
        lane->leave(users[0]);
        lane.reset();
    };
    broker.close_connections();
    run_until([this] { return lane == nullptr; });
}

BOOST_AUTO_TEST_CASE(all_who_wait_for_the_connection_hear_that_it_failed) {
    broker.stop();
    const auto dead = lanes->to({.id = node_id{2}, .host = "127.0.0.1", .port = 1});
    int failures = 0;
    for (int n = 0; n < 2; ++n) {
        dead->open([&failures](std::error_code error) { failures += error ? 1 : 0; });
    }
    run_until([&failures] { return failures == 2; });
    BOOST_TEST(dead->is_closed());
}

BOOST_AUTO_TEST_SUITE_END()
