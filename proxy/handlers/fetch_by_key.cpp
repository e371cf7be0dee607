// FetchByKey (api key 20001): the events of aggregates, read by key.

#include "protocol/messages/fetch_by_key.hpp"

#include "proxy/handlers/error_map.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/key_read.hpp"
#include "proxy/handlers/reply.hpp"
#include "proxy/key_topics/aggregate_slice.hpp"
#include "proxy/key_topics/newest_events.hpp"
#include "proxy/session/server_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <string>

namespace bkes::proxy {

using protocol::fetch_by_key_request;
using protocol::fetch_by_key_response;
using protocol::kafka_error;

namespace {

/// Of one request: more are asked for in several.
constexpr std::size_t keys_max = 10'000;
constexpr std::size_t request_bytes_max = std::size_t{8} << 20U;
constexpr event_order event_order_max{std::numeric_limits<std::int64_t>::max()};

/// First each key in turn gets as many events as were asked for, or the time is over; then all are
/// read.
class key_fetch final : public key_read {
  public:
    key_fetch(session& client, const client_request& request, const fetch_by_key_request& asked)
        : key_read{client, std::chrono::milliseconds{asked.max_wait_ms},
                   client.server().settings.hold},
          identity_{request},
          topic_{asked.topic},
          bytes_left_{size_asked(asked.max_bytes)} {
        for (const auto& range : asked.keys) {
            auto& key = keys_.emplace_back();
            key.key = range.key;
            key.from = event_order{range.from_order};
            key.min_next = event_order{range.min_next_order};
            key.bytes_max = size_asked(range.max_bytes);
            key.direction = range.direction;
            key.events_max = range.max_events;
        }
    }

    void start(session& client, const client_request& request) {
        begin(client, client.owe(request), keys_.size() * sizeof(asked_key));
    }

    progress read_on(read_budget& budget) override {
        for (; at_ < keys_.size(); ++at_) {
            if (budget.is_spent()) {
                return progress::more;
            }
            auto& key = keys_[at_];
            const auto done = is_waiting_for_orders_ ? look_at_order(key) : read(key, budget);
            if (done == progress::more) {
                return done;
            }
            if (refusal_ || is_short_) {
                break;
            }
        }
        return progress::done;
    }

    [[nodiscard]] bool needs_room() const override { return !is_waiting_for_orders_; }

  private:
    struct asked_key {
        bytes key;
        event_order from{0};
        event_order min_next{0};
        std::size_t bytes_max = 0;
        std::int8_t direction = fetch_by_key_request::ascending;
        std::int32_t events_max = 0;  ///< 0: as many as fit
        bool is_forbidden = false;

        [[nodiscard]] bool is_downwards() const {
            return direction == fetch_by_key_request::descending;
        }

        [[nodiscard]] bool is_understood() const {
            return events_max >= 0 &&
                   (is_downwards() || direction == fetch_by_key_request::ascending);
        }

        [[nodiscard]] bool has_enough() const {
            const auto count = is_downwards() ? newest.count() : slice.log_offsets().size();
            return events_max > 0 && count >= static_cast<std::size_t>(events_max);
        }

        // As read.
        std::optional<store::aggregate_head> head{};
        std::optional<kafka_error> error{};
        newest_events newest{};  ///< downwards: on their way into the slice
        bool is_gathered = false;
        aggregate_slice slice{};
    };

    /// A key that has to grow first ends the pass.
    progress look_at_order(asked_key& key) {
        if (key.min_next > event_order{0} && !key.is_forbidden) {
            read_range(key, [&](const auto& head) -> std::optional<event_order> {
                const auto next = head ? head->next_order : event_order{0};
                is_short_ = next < key.min_next;
                return std::nullopt;
            });
        }
        return progress::done;
    }

    progress read(asked_key& key, read_budget& budget) {
        if (key.is_forbidden) {
            return progress::done;
        }
        if (!key.is_gathered) {
            const auto is_cut = gather(key, budget);
            if (is_cut || refusal_) {  // what is there stays, and is gone on from
                return is_cut ? progress::more : progress::done;
            }
            key.is_gathered = true;
        }
        while (key.newest.count() > 0) {
            key.newest.move_lowest(key.key, key.slice);
            if (budget.is_spent()) {
                return progress::more;
            }
        }
        key.slice.finish();
        bytes_left_ -= std::min(bytes_left_, key.slice.records().size());
        return progress::done;
    }

    /// True if the budget ended before the events did.
    bool gather(asked_key& key, read_budget& budget) {
        bool is_cut = false;
        const auto start = [&](const auto& head) -> std::optional<event_order> {
            key.head = head;
            return key.is_downwards() ? place_to_read_down(key) : place_to_read(key);
        };
        read_range(key, start, [&](const store::stored_event& event) {
            const auto bytes_max = std::min(bytes_left_, key.bytes_max);
            const bool fits = key.is_downwards() ? key.newest.add(key.key, event, bytes_max)
                                                 : key.slice.add(key.key, event, bytes_max);
            if (!fits || key.has_enough()) {
                return false;
            }
            is_cut = budget.is_spent();
            return !is_cut;
        });
        return is_cut;
    }

    [[nodiscard]] std::optional<event_order> place_to_read(asked_key& key) const {
        if (const auto next = key.slice.next()) {
            return next;
        }
        const auto next = key.head ? key.head->next_order : event_order{0};
        if (const auto error = error_of(key, event_order{0}, next)) {
            key.error = error;
            return std::nullopt;
        }
        const bool is_there = key.head && key.from < next && bytes_left_ > 0;
        return is_there ? std::optional{std::max(key.from, key.head->start_order)} : std::nullopt;
    }

    /// Nothing is below -1, which is where paging down ends.
    [[nodiscard]] std::optional<event_order> place_to_read_down(asked_key& key) const {
        if (const auto lowest = key.newest.lowest()) {
            return *lowest + -1;
        }
        if (const auto error = error_of(key, event_order{-1}, event_order_max)) {
            key.error = error;
            return std::nullopt;
        }
        const bool is_there = key.head && bytes_left_ > 0;
        return is_there ? std::optional{std::min(key.from, key.head->next_order + -1)}
                        : std::nullopt;
    }

    [[nodiscard]] static std::optional<kafka_error> error_of(const asked_key& key,
                                                             event_order lowest,
                                                             event_order highest) {
        if (!key.is_understood()) {
            return kafka_error::invalid_request;
        }
        const bool is_inside = key.from >= lowest && key.from <= highest;
        return is_inside ? std::nullopt : std::optional{kafka_error::offset_out_of_range};
    }

    void read_range(asked_key& key, const store::head_visitor& start,
                    const store::event_visitor& visit = {}) {
        const auto done = reader().read(began(), topic_, key.key, start, visit,
                                        key.is_downwards() ? store::read_direction::descending
                                                           : store::read_direction::ascending);
        if (done) {
            return;
        }
        if (done.error().why == sync::read_refusal::kind::store_failed) {
            key.error = kafka_error::unknown_server_error;
        } else {
            refusal_ = done.error();
            may_come_ = may_come(topic_, *refusal_);
        }
    }

    void look_at_rights(rights_check& rights) override {
        for (auto& key : keys_) {
            key.is_forbidden = !rights.allows(topic_, key.key, protocol::acl_operation::read);
        }
    }

    void passed(session& client) override {
        if (std::exchange(refusal_, std::nullopt)) {
            if (!may_come_) {
                answered();
                answer_not_ready(client);
            }
            return;  // the proof, or the end of waiting for it, brings the next pass
        }
        if (!is_waiting_for_orders_) {
            answered();
            answer(client);
            return;
        }
        if (std::exchange(is_short_, false) && !is_time_over()) {
            await_growth(client, keys_[at_]);
            return;
        }
        is_waiting_for_orders_ = false;
        at_ = 0;
        go_on();
    }

    void await_growth(session& client, asked_key& key) {
        wait(client);
        growth_ = watch(client, topic_, key.key, key.min_next, [this] { go_on(); });
    }

    void answer_not_ready(session& client) {
        fetch_by_key_response response;
        response.error_code = code_of(kafka_error::not_leader_or_follower);
        response.error_message = bytes_view{"bkes: the topic is not caught up yet"};
        answer_with(client, id(), identity_, response);
    }

    void answer(session& client) {
        fetch_by_key_response response;
        std::deque<std::string> texts;
        for (const auto& key : keys_) {
            if (key.is_forbidden) {
                texts.push_back(
                    missing_right_text(protocol::acl_operation::read,
                                       topic_of_rights(client.server(), topic_, key.key)));
                response.keys.push_back(refusal_of(key, texts.back()));
            } else {
                response.keys.push_back(answer_of(key));
            }
        }
        answer_with(client, id(), identity_, response);
    }

    /// Tells nothing of the aggregate, not even whether there is one.
    [[nodiscard]] static fetch_by_key_response::aggregate refusal_of(const asked_key& key,
                                                                     bytes_view text) {
        fetch_by_key_response::aggregate answered{.key = key.key};
        answered.error_code = code_of(kafka_error::topic_authorization_failed);
        answered.error_message = text;
        answered.partition = -1;
        answered.start_order = answered.next_order = -1;
        return answered;
    }

    [[nodiscard]] static fetch_by_key_response::aggregate answer_of(const asked_key& key) {
        fetch_by_key_response::aggregate answered{.key = key.key};
        if (key.head) {
            answered.start_order = key.head->start_order.value();
            answered.next_order = key.head->next_order.value();
            answered.partition = key.head->partition.value();
        } else {
            answered.start_order = answered.next_order = 0;
            answered.partition = -1;
        }
        if (key.error) {
            answered.error_code = code_of(*key.error);
            answered.error_message = text_of(key);
        }
        answered.log_offsets = key.slice.log_offsets();
        answered.records = key.slice.records();
        return answered;
    }

    [[nodiscard]] static bytes_view text_of(const asked_key& key) {
        if (key.error == kafka_error::invalid_request) {
            return "bkes: direction is 0 or 1, and max_events is not negative";
        }
        if (key.error != kafka_error::offset_out_of_range) {
            return "bkes: the store can't be read";
        }
        return key.is_downwards() ? "bkes: from_order is below -1"
                                  : "bkes: from_order is past next_order";
    }

    request_identity identity_;
    bytes topic_;
    std::size_t bytes_left_;      ///< of the answer
    std::deque<asked_key> keys_;  ///< a deque, as slices stay where they are
    std::size_t at_ = 0;          ///< the key that is looked at now
    bool is_waiting_for_orders_ = true;
    std::optional<sync::read_refusal> refusal_;
    bool may_come_ = false;
    bool is_short_ = false;  ///< the key at `at_` hasn't grown enough yet
    sync::wait_ticket growth_;
};

void refuse(session& client, const client_request& request, kafka_error error, bytes_view text) {
    fetch_by_key_response response;
    response.error_code = code_of(error);
    response.error_message = text;
    answer_with(client, client.owe(request), request_identity{request}, response);
}

}  // namespace

request_route handle_fetch_by_key(session& client, const client_request& request) {
    if (request.body.size() > request_bytes_max) {
        refuse(client, request, kafka_error::invalid_request,
               fmt::format("bkes: a request of at most {} bytes", request_bytes_max));
        return request_route::handled;
    }
    const auto decoded = decode_request<fetch_by_key_request>(client, request);
    if (!decoded) {
        return request_route::close;
    }
    if (!client.server().guarded.guards(decoded->topic)) {
        refuse(client, request, kafka_error::unknown_topic_or_partition,
               not_guarded_text(decoded->topic));
    } else if (decoded->keys.size() > keys_max) {
        refuse(client, request, kafka_error::invalid_request,
               fmt::format("bkes: at most {} keys in one request", keys_max));
    } else {
        std::make_shared<key_fetch>(client, request, *decoded)->start(client, request);
    }
    return request_route::handled;
}

}  // namespace bkes::proxy
