#include "proxy/handlers/key_topic_fetch.hpp"

#include "proxy/error_map.hpp"
#include "proxy/key_reads.hpp"

#include <algorithm>
#include <utility>

namespace bkes::proxy {

using protocol::fetch_request;
using protocol::fetch_response;
using protocol::kafka_error;
using sync::wait_result;

namespace {

/// Bytes of one answer, whatever the client asks for.
constexpr std::size_t answer_bytes_max = std::size_t{64} << 20U;

std::size_t size_asked(std::int32_t bytes) {
    return std::min(answer_bytes_max, static_cast<std::size_t>(std::max(0, bytes)));
}

}  // namespace

key_topic_fetch::key_topic_fetch(session& client, const client_request& request,
                                 const fetch_request& asked)
    : split_request{client, request},
      client_{client.weak_from_this()},
      min_bytes_{asked.min_bytes},
      bytes_max_{size_asked(asked.max_bytes)},
      deadline_{steady_clock::now() + std::chrono::milliseconds{std::max(0, asked.max_wait_ms)}} {}

void key_topic_fetch::add(const fetch_request::topic& topic, requested_topic what) {
    auto& added = topics_.emplace_back(
        asked_topic{std::move(what), std::string{topic.name}, topic.topic_id, {}});
    for (const auto& partition : topic.partitions) {
        added.partitions.push_back({partition.partition_index, partition.fetch_offset,
                                    size_asked(partition.partition_max_bytes)});
    }
}

std::shared_ptr<key_topic_fetch> key_topic_fetch::self() {
    return std::static_pointer_cast<key_topic_fetch>(shared_from_this());
}

bytes_view key_topic_fetch::guarded_topic(server_state& server) const {
    const auto& first = topics_.front().what;
    return first.key ? bytes_view{first.key->topic} : bytes_view{server.guarded.topics().front()};
}

void key_topic_fetch::begin(session& client) {
    client.server().guarded.when_readable(
        guarded_topic(client.server()), std::nullopt, deadline_, client.context(), client_,
        [fetch = self()](wait_result result) { fetch->readable(result); });
}

void key_topic_fetch::readable(wait_result result) {
    if (result == wait_result::reached) {
        evaluate();
    } else {
        answer_all(result);
    }
}

void key_topic_fetch::answer_all(wait_result result) {
    const auto client = client_.lock();
    if (is_answered_ || !client) {
        return;
    }
    own.responses.clear();
    slices_.clear();
    bytes_read_ = 0;
    has_error_ = false;
    for (const auto& topic : topics_) {
        auto& answer = own.responses.emplace_back();
        answer.name = topic.name;
        answer.topic_id = topic.id;
        for (const auto& partition : topic.partitions) {
            answer.partitions.push_back(read(client->server(), topic, partition, result));
        }
    }
    const bool is_enough = has_error_ || result != wait_result::reached ||
                           bytes_read_ >= static_cast<std::size_t>(std::max(0, min_bytes_)) ||
                           steady_clock::now() >= deadline_;
    if (is_enough) {
        is_answered_ = true;
        own_done();
    } else {
        slices_.clear();  // read again then: nothing is kept while waiting
        wait_for_more(*client);
    }
}

void key_topic_fetch::evaluate() {
    if (const auto client = client_.lock()) {
        client->when_room(id(), [fetch = self()] { fetch->answer_all(wait_result::reached); });
    }
}

/// The first of the aggregates to get an event, or the deadline, brings us back. One callback is
/// out for each partition, however often we come here.
void key_topic_fetch::wait_for_more(session& client) {
    for (std::size_t index = 0; index < topics_.size(); ++index) {
        auto& topic = topics_[index];
        for (std::size_t at = 0; at < topic.partitions.size(); ++at) {
            auto& partition = topic.partitions[at];
            if (std::exchange(partition.is_awaited, true)) {
                continue;
            }
            const auto reached =
                std::max(own.responses[index].partitions[at].high_watermark, partition.offset);
            client.server().guarded.when_order_reached(
                topic.what.key->topic, topic.what.key->key, event_order{reached + 1}, deadline_,
                client.context(), client_, [fetch = self(), &partition](wait_result result) {
                    partition.is_awaited = false;
                    if (result != wait_result::reached) {  // the time is over, or too many wait
                        fetch->deadline_ = steady_clock::now();
                    }
                    fetch->evaluate();
                });
        }
    }
}

fetch_response::topic::partition key_topic_fetch::read(server_state& server,
                                                       const asked_topic& topic,
                                                       const asked_partition& partition,
                                                       wait_result result) {
    fetch_response::topic::partition answer{
        .partition_index = partition.index, .high_watermark = -1, .records = bytes_view{}};
    const auto fail = [&](kafka_error error) {
        has_error_ = true;
        answer.error_code = code_of(error);
        return answer;
    };
    if (!topic.what.key) {
        return fail(topic.what.is_unknown_id() ? kafka_error::unknown_topic_id
                                               : kafka_error::unknown_topic_or_partition);
    }
    if (partition.index != 0) {
        return fail(kafka_error::unknown_topic_or_partition);
    }
    if (result != wait_result::reached) {
        return fail(kafka_error::not_leader_or_follower);
    }
    const auto& [guarded, key] = *topic.what.key;
    const auto range = find_range(server, guarded, key);
    if (!range) {
        return fail(kafka_error::unknown_server_error);
    }
    answer.high_watermark = range->next.value();
    answer.last_stable_offset = range->next.value();
    answer.log_start_offset = range->start.value();
    if (partition.offset < range->start.value() || partition.offset > range->next.value()) {
        return fail(kafka_error::offset_out_of_range);
    }
    const bool is_full = bytes_read_ > 0 && bytes_read_ >= bytes_max_;
    if (!range->head || is_full) {
        return answer;
    }
    const auto room = std::min(partition.bytes_max, bytes_max_ - std::min(bytes_max_, bytes_read_));
    auto slice =
        read_slice(server.events, guarded, key, *range->head, event_order{partition.offset}, room);
    if (!slice) {
        return fail(kafka_error::unknown_server_error);
    }
    bytes_read_ += slice->records.size();
    answer.records = slices_.emplace_back(std::move(*slice)).records;
    return answer;
}

}  // namespace bkes::proxy
