// FetchByKey (api key 20001): the events of aggregates, read by key.

#include "protocol/messages/fetch_by_key.hpp"

#include "proxy/aggregate_slice.hpp"
#include "proxy/error_map.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/key_reads.hpp"
#include "proxy/reply.hpp"
#include "proxy/server_state.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace bkes::proxy {

using protocol::fetch_by_key_request;
using protocol::fetch_by_key_response;
using protocol::kafka_error;
using std::chrono::steady_clock;

namespace {

/// Bytes of one answer, whatever the client asks for.
constexpr std::size_t answer_bytes_max = std::size_t{64} << 20U;

/// One request while it waits: first for the topic to be readable, then for each key in turn to
/// have as many events as were asked for.
class key_fetch : public std::enable_shared_from_this<key_fetch> {
  public:
    key_fetch(session& client, const client_request& request, const fetch_by_key_request& asked)
        : client_{client.weak_from_this()},
          identity_{request},
          topic_{asked.topic},
          bytes_max_{
              std::min(answer_bytes_max, static_cast<std::size_t>(std::max(0, asked.max_bytes)))},
          deadline_{steady_clock::now() +
                    std::chrono::milliseconds{std::max(0, asked.max_wait_ms)}} {
        for (const auto& range : asked.keys) {
            keys_.push_back({bytes{range.key}, range.from_order, range.min_next_order,
                             static_cast<std::size_t>(std::max(0, range.max_bytes))});
        }
    }

    void start(session& client, const client_request& request) {
        id_ = client.owe(request);
        auto& server = client.server();
        const auto readable_by = std::max(deadline_, steady_clock::now() + server.settings.hold);
        server.guarded.when_readable(topic_, std::nullopt, readable_by, client.context(), client_,
                                     [self = shared_from_this()](sync::wait_result readable) {
                                         if (const auto alive = self->client_.lock()) {
                                             self->topic_readable(*alive, readable);
                                         }
                                     });
    }

  private:
    struct asked_key {
        bytes key;
        std::int64_t from_order;
        std::int64_t min_next_order;
        std::size_t bytes_max;
    };

    void topic_readable(session& client, sync::wait_result readable) {
        if (readable == sync::wait_result::reached) {
            await_key(client, 0);
            return;
        }
        fetch_by_key_response response;
        response.error_code = code_of(kafka_error::not_leader_or_follower);
        response.error_message = bytes_view{"bkes: the topic is not caught up yet"};
        answer_with(client, id_, identity_, response);
    }

    void await_key(session& client, std::size_t index) {
        while (index < keys_.size() && keys_[index].min_next_order <= 0) {
            ++index;
        }
        if (index == keys_.size() || steady_clock::now() >= deadline_) {
            client.when_room(id_, [self = shared_from_this()] { self->answer(); });
            return;
        }
        client.server().guarded.when_order_reached(
            topic_, keys_[index].key, event_order{keys_[index].min_next_order}, deadline_,
            client.context(), client_, [self = shared_from_this(), index](sync::wait_result) {
                if (const auto alive = self->client_.lock()) {
                    self->await_key(*alive, index + 1);
                }
            });
    }

    void answer() {
        const auto client = client_.lock();
        if (!client) {
            return;
        }
        fetch_by_key_response response;
        slices_.resize(keys_.size());
        std::size_t bytes_left = bytes_max_;
        for (std::size_t index = 0; index < keys_.size(); ++index) {
            response.keys.push_back(
                read_key(client->server(), keys_[index], slices_[index], bytes_left));
        }
        answer_with(*client, id_, identity_, response);
    }

    /// `bytes_left` is the room left in the whole answer; 0 = numbers only.
    fetch_by_key_response::aggregate read_key(server_state& server, const asked_key& asked,
                                              aggregate_slice& slice, std::size_t& bytes_left) {
        fetch_by_key_response::aggregate answered{.key = asked.key};
        const auto fail = [&answered](kafka_error error, bytes_view text) {
            answered.error_code = code_of(error);
            answered.error_message = text;
            return answered;
        };
        const auto range = find_range(server, topic_, asked.key);
        if (!range) {
            return fail(kafka_error::unknown_server_error, "bkes: the store can't be read");
        }
        answered.start_order = range->start.value();
        answered.next_order = range->next.value();
        answered.partition = range->head ? range->head->partition.value() : -1;
        if (asked.from_order < 0 || asked.from_order > answered.next_order) {
            return fail(kafka_error::offset_out_of_range, "bkes: from_order is past next_order");
        }
        if (!range->head || bytes_left == 0) {
            return answered;
        }
        const event_order from{std::max(asked.from_order, answered.start_order)};
        auto read = read_slice(server.events, topic_, asked.key, *range->head, from,
                               std::min(bytes_left, asked.bytes_max));
        if (!read) {
            return fail(kafka_error::unknown_server_error, "bkes: the store can't be read");
        }
        slice = std::move(*read);
        bytes_left -= std::min(bytes_left, slice.records.size());
        answered.log_offsets = slice.log_offsets;
        answered.records = slice.records;
        return answered;
    }

    std::weak_ptr<session> client_;
    request_identity identity_;
    bytes topic_;
    std::size_t bytes_max_;
    steady_clock::time_point deadline_;
    std::vector<asked_key> keys_;
    std::vector<aggregate_slice> slices_;
    answer_id id_{};
};

}  // namespace

request_route handle_fetch_by_key(session& client, const client_request& request) {
    const auto decoded = decode_request<fetch_by_key_request>(client, request);
    if (!decoded) {
        return request_route::close;
    }
    if (!client.server().guarded.guards(decoded->topic)) {
        fetch_by_key_response response;
        response.error_code = code_of(kafka_error::unknown_topic_or_partition);
        const auto text = not_guarded_text(decoded->topic);
        response.error_message = bytes_view{text};
        answer_with(client, client.owe(request), request_identity{request}, response);
        return request_route::handled;
    }
    std::make_shared<key_fetch>(client, request, *decoded)->start(client, request);
    return request_route::handled;
}

}  // namespace bkes::proxy
