#include "sync/broker/leader_check.hpp"

#include "protocol/errors.hpp"
#include "protocol/messages/offset_for_leader_epoch.hpp"
#include "sync/broker/link_errors.hpp"

#include <chrono>
#include <utility>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;

/// Below 3 it needs rights that clients don't have.
constexpr protocol::version_range leader_epoch_versions{.min = 3, .max = 4};
constexpr std::int32_t consumer = -1;

result<bool> judge(const protocol::offset_for_leader_epoch_response& response,
                   const leader_question& asked) {
    if (response.topics.size() != 1 || response.topics.front().partitions.size() != 1) {
        return failure{make_error_code(link_errc::bad_answer)};
    }
    const auto& answered = response.topics.front().partitions.front();
    if (answered.error_code != 0) {
        return failure{make_error_code(link_errc::broker_error)};
    }
    return asked.last_read == unknown_leader_epoch ||
           (leader_epoch{answered.leader_epoch} == asked.last_read &&
            log_offset{answered.end_offset} >= asked.next_offset);
}

}  // namespace

void check_leader(broker_link& link, const leader_question& asked,
                  std::move_only_function<void(result<bool>)> done) {
    protocol::offset_for_leader_epoch_request request;
    request.replica_id = consumer;
    auto& topic = request.topics.emplace_back();
    topic.name = asked.topic;
    auto& partition = topic.partitions.emplace_back();
    partition.partition_index = asked.partition.value();
    partition.current_leader_epoch = asked.leader.value();
    partition.leader_epoch =
        (asked.last_read == unknown_leader_epoch ? asked.leader : asked.last_read).value();
    link.call_latest<protocol::offset_for_leader_epoch_response>(
        request, leader_epoch_versions, small_answer_timeout,
        [asked, done = std::move(done)](
            result<protocol::offset_for_leader_epoch_response> response) mutable {
            if (response) {
                done(judge(*response, asked));
            } else if (response.error() == protocol::protocol_errc::unsupported_version) {
                done(true);
            } else {
                done(failure{response.error()});
            }
        });
}

}  // namespace bkes::sync
