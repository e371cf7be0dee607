#include "proxy/handlers/key_fetch.hpp"

#include "proxy/handlers/error_map.hpp"
#include "proxy/session/server_state.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>
#include <utility>

namespace bkes::proxy {

using protocol::fetch_by_key_request;
using protocol::fetch_by_key_response;
using protocol::kafka_error;

namespace {

constexpr event_order highest_order{std::numeric_limits<std::int64_t>::max()};

}  // namespace

key_fetch::key_fetch(session& client, const client_request& request,
                     const fetch_by_key_request& asked)
    : key_read{client, std::chrono::milliseconds{asked.max_wait_ms}, client.server().settings.hold},
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

void key_fetch::start(session& client, const client_request& request) {
    begin(client, client.owe(request), keys_.size() * sizeof(asked_key));
}

store_read::progress key_fetch::read_on(read_budget& budget) {
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

/// The waiting for orders is the instance's too.
void key_fetch::ask(session& client, std::move_only_function<void()> done) {
    fetch_by_key_request request{.topic = topic_};
    std::vector<asked_key*> open;
    for (auto& key : keys_) {
        if (key.is_forbidden) {
            continue;
        }
        open.push_back(&key);
        request.keys.push_back({.key = key.key,
                                .from_order = key.from.value(),
                                .min_next_order = key.min_next.value(),
                                .max_bytes = static_cast<std::int32_t>(key.bytes_max),
                                .direction = key.direction,
                                .max_events = key.events_max});
    }
    if (open.empty()) {
        boost::asio::post(client.context(), std::move(done));
        return;
    }
    const auto wait = wait_there(client);
    request.max_wait_ms = static_cast<std::int32_t>(wait.count());
    request.max_bytes = static_cast<std::int32_t>(bytes_left_);
    ask_instance<fetch_by_key_response>(
        client, std::move(request), fetch_by_key_request::schema.versions, wait,
        [this, open = std::move(open)](const result<fetch_by_key_response>& answer) {
            take(answer, open);
        },
        std::move(done));
}

/// Each stands in the answer as it was asked.
void key_fetch::take(const result<fetch_by_key_response>& answer,
                     const std::vector<asked_key*>& open) {
    if (!answer || answer->error_code != 0 || answer->keys.size() != open.size()) {
        refusal_.emplace();
        return;
    }
    for (std::size_t at = 0; at < open.size(); ++at) {
        take(answer->keys[at], *open[at]);
        is_short_ = is_short_ || (!open[at]->error && open[at]->next() < open[at]->min_next);
    }
}

void key_fetch::take(const answered_key& answer, asked_key& key) {
    key.error.reset();
    if (answer.error_code != 0) {
        key.error = static_cast<kafka_error>(answer.error_code);
    }
    key.head.reset();
    if (answer.partition >= 0) {
        key.head.emplace();
        key.head->partition = partition_id{answer.partition};
        key.head->start_order = event_order{answer.start_order};
        key.head->next_order = event_order{answer.next_order};
    }
    key.slice.adopt(answer.records, {answer.log_offsets.begin(), answer.log_offsets.end()});
}

/// A key that has to grow first ends the pass.
store_read::progress key_fetch::look_at_order(asked_key& key) {
    if (key.min_next > event_order{0} && !key.is_forbidden) {
        read_range(key, [&](const auto& head) -> std::optional<event_order> {
            const auto next = head ? head->next_order : event_order{0};
            is_short_ = next < key.min_next;
            return std::nullopt;
        });
    }
    return progress::done;
}

store_read::progress key_fetch::read(asked_key& key, read_budget& budget) {
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
bool key_fetch::gather(asked_key& key, read_budget& budget) {
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

std::optional<event_order> key_fetch::place_to_read(asked_key& key) const {
    if (const auto next = key.slice.next()) {
        return next;
    }
    const auto next = key.next();
    if (const auto error = error_of(key, event_order{0}, next)) {
        key.error = error;
        return std::nullopt;
    }
    const bool is_there = key.head && key.from < next && bytes_left_ > 0;
    return is_there ? std::optional{std::max(key.from, key.head->start_order)} : std::nullopt;
}

/// Nothing is below -1, which is where paging down ends.
std::optional<event_order> key_fetch::place_to_read_down(asked_key& key) const {
    if (const auto lowest = key.newest.lowest()) {
        return *lowest + -1;
    }
    if (const auto error = error_of(key, event_order{-1}, highest_order)) {
        key.error = error;
        return std::nullopt;
    }
    const bool is_there = key.head && bytes_left_ > 0;
    return is_there ? std::optional{std::min(key.from, key.head->next_order + -1)} : std::nullopt;
}

std::optional<kafka_error> key_fetch::error_of(const asked_key& key, event_order lowest,
                                               event_order highest) {
    if (!key.is_understood()) {
        return kafka_error::invalid_request;
    }
    const bool is_inside = key.from >= lowest && key.from <= highest;
    return is_inside ? std::nullopt : std::optional{kafka_error::offset_out_of_range};
}

void key_fetch::read_range(asked_key& key, const store::head_visitor& start,
                           const store::event_visitor& visit) {
    const auto done = reader().read(
        began(), topic_, key.key, start, visit,
        key.is_downwards() ? store::read_direction::descending : store::read_direction::ascending);
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

void key_fetch::look_at_rights(rights_check& rights) {
    for (auto& key : keys_) {
        key.is_forbidden = !rights.allows(topic_, key.key, protocol::acl_operation::read);
    }
}

void key_fetch::passed(session& client) {
    if (std::exchange(refusal_, std::nullopt)) {
        if (!may_come_) {
            answered();
            answer_not_ready(client);
        }
        return;  // the proof, or the end of waiting for it, brings the next pass
    }
    const bool is_short = std::exchange(is_short_, false) && !is_time_over();
    if (is_short && !has_store()) {
        go_on();
        return;
    }
    if (!is_waiting_for_orders_) {
        answered();
        answer(client);
        return;
    }
    if (is_short) {
        await_growth(client, keys_[at_]);
        return;
    }
    is_waiting_for_orders_ = false;
    at_ = 0;
    go_on();
}

void key_fetch::await_growth(session& client, asked_key& key) {
    wait(client);
    growth_ = watch(client, topic_, key.key, key.min_next, [this] { go_on(); });
}

void key_fetch::answer_not_ready(session& client) {
    fetch_by_key_response response;
    response.error_code = code_of(kafka_error::not_leader_or_follower);
    response.error_message = bytes_view{"bkes: the topic is not caught up yet"};
    answer_with(client, id(), identity_, response);
}

void key_fetch::answer(session& client) {
    fetch_by_key_response response;
    std::deque<std::string> texts;
    for (const auto& key : keys_) {
        if (key.is_forbidden) {
            texts.push_back(missing_right_text(protocol::acl_operation::read,
                                               topic_of_rights(client.server(), topic_, key.key)));
            response.keys.push_back(refusal_of(key, texts.back()));
        } else {
            response.keys.push_back(answer_of(key));
        }
    }
    answer_with(client, id(), identity_, response);
}

/// Tells nothing of the aggregate, not even whether there is one.
key_fetch::answered_key key_fetch::refusal_of(const asked_key& key, bytes_view text) {
    fetch_by_key_response::aggregate answered{.key = key.key};
    answered.error_code = code_of(kafka_error::topic_authorization_failed);
    answered.error_message = text;
    answered.partition = -1;
    answered.start_order = answered.next_order = -1;
    return answered;
}

key_fetch::answered_key key_fetch::answer_of(const asked_key& key) {
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

bytes_view key_fetch::text_of(const asked_key& key) {
    if (key.error == kafka_error::invalid_request) {
        return "bkes: direction is 0 or 1, and max_events is not negative";
    }
    if (key.error != kafka_error::offset_out_of_range) {
        return "bkes: the store can't be read";
    }
    return key.is_downwards() ? "bkes: from_order is below -1"
                              : "bkes: from_order is past next_order";
}

}  // namespace bkes::proxy
