// ListKeys (api key 20002): the aggregates of a guarded topic in byte order of their keys.

#include "protocol/messages/list_keys.hpp"

#include "proxy/handlers/error_map.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/key_read.hpp"
#include "proxy/handlers/reply.hpp"
#include "proxy/session/server_state.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace bkes::proxy {

using protocol::kafka_error;
using protocol::list_keys_request;
using protocol::list_keys_response;

namespace {

constexpr std::int32_t page_keys_max = 10'000;

/// With authorize=keys each of them is a topic in a question to the broker.
constexpr std::size_t page_keys_max_by_key = 1'000;

/// Of keys: a page ends there, however many were asked for.
constexpr std::size_t page_bytes_max = std::size_t{1} << 20U;

struct asked_keys {
    bytes topic;
    bytes prefix;
    std::optional<bytes> after;  ///< exclusive
    std::size_t limit = 0;
};

list_keys_response failed(kafka_error error, bytes_view text) {
    list_keys_response response;
    response.error_code = code_of(error);
    response.error_message = text;
    return response;
}

/// One page. Listing writes waiting heads first, so it never runs on a session's thread.
///
/// With authorize=keys the client's rights to what was listed are asked then, and only what it may
/// read is told. If that leaves nothing of the page, the next one is listed.
class key_listing final : public key_read {
  public:
    key_listing(session& client, const client_request& request, asked_keys asked)
        : key_read{client, {}, client.server().settings.hold},
          identity_{request},
          by_key_{client.server().settings.authorize == authorization::keys},
          asked_{std::move(asked)} {
        if (by_key_) {
            asked_.limit = std::min(asked_.limit, page_keys_max_by_key);
        }
    }

    void start(session& client, const client_request& request) {
        begin(client, client.owe(request), 0);
    }

    progress read_on(read_budget& /*budget*/) override {
        if (is_judging_) {
            return progress::done;
        }
        listed_ = reader().list_keys(began(), asked_.topic, asked_.prefix, asked_.after,
                                     asked_.limit, page_bytes_max);
        is_refused_ = !listed_ && may_come(asked_.topic, listed_.error());
        return progress::done;
    }

    [[nodiscard]] bool may_block() const override { return true; }

    void ask(session& client, std::move_only_function<void()> done) override {
        if (is_judging_) {
            boost::asio::post(client.context(), std::move(done));
            return;
        }
        list_keys_request request{.topic = asked_.topic, .prefix = asked_.prefix};
        request.after = asked_.after ? std::optional<bytes_view>{*asked_.after} : std::nullopt;
        request.limit = static_cast<std::int32_t>(asked_.limit);
        ask_instance<list_keys_response>(
            client, std::move(request), list_keys_request::schema.versions, {},
            [this](const result<list_keys_response>& answer) { take(answer); }, std::move(done));
    }

  private:
    void look_at_rights(rights_check& rights) override {
        if (!by_key_) {
            is_forbidden_ = !rights.allows(asked_.topic, protocol::acl_operation::read);
        } else if (is_judging_) {
            allowed_.clear();
            for (const auto& one : *listed_) {
                allowed_.push_back(
                    rights.allows(asked_.topic, one.key, protocol::acl_operation::read));
            }
        }
    }

    void passed(session& client) override {
        if (is_forbidden_) {
            answered();
            answer_with(client, id(), identity_,
                        failed(kafka_error::topic_authorization_failed,
                               missing_right_text(protocol::acl_operation::read, asked_.topic)));
            return;
        }
        if (is_refused_) {
            return;  // the proof, or the end of waiting for it, brings the next pass
        }
        if (by_key_ && listed_ && !listed_->empty() && !judge_page()) {
            go_on();
            return;
        }
        answered();
        if (!listed_) {
            const auto error = read_error_of(listed_.error());
            answer_with(client, id(), identity_,
                        failed(error, error == kafka_error::not_leader_or_follower
                                          ? "bkes: the topic is not caught up yet"
                                          : "bkes: the store can't be read"));
            return;
        }
        list_keys_response response;
        for (const auto& [key, head] : *listed_) {
            response.keys.push_back({.key = key,
                                     .partition = head.partition.value(),
                                     .start_order = head.start_order.value(),
                                     .next_order = head.next_order.value(),
                                     .last_log_offset = head.last_offset.value(),
                                     .last_timestamp = head.last_timestamp_ms});
        }
        answer_with(client, id(), identity_, response);
    }

    void take(const result<list_keys_response>& answer) {
        if (!answer || answer->error_code != 0) {
            listed_ = std::unexpected{answer ? read_refusal_of(answer->error_code)
                                             : sync::read_refusal{}};
            return;
        }
        listed_.emplace();
        for (const auto& one : answer->keys) {
            listed_->push_back({.key = bytes{one.key},
                                .head = {.partition = partition_id{one.partition},
                                         .start_order = event_order{one.start_order},
                                         .next_order = event_order{one.next_order},
                                         .first_offset = log_offset{-1},
                                         .last_offset = log_offset{one.last_log_offset},
                                         .last_timestamp_ms = one.last_timestamp}});
        }
    }

    /// False if another pass is needed: for the rights to this page, or for the next page.
    bool judge_page() {
        if (!std::exchange(is_judging_, !is_judging_)) {
            return false;
        }
        asked_.after = listed_->back().key;
        std::size_t at = 0;
        std::erase_if(*listed_, [&](const auto&) { return !allowed_[at++]; });
        return !listed_->empty();
    }

    request_identity identity_;
    bool by_key_;
    asked_keys asked_;
    sync::read_result<std::vector<store::listed_key>> listed_;
    bool is_refused_ = false;
    bool is_forbidden_ = false;
    bool is_judging_ = false;    ///< whether the client may read what was listed
    std::vector<bool> allowed_;  ///< for each key listed
};

}  // namespace

request_route handle_list_keys(session& client, const client_request& request) {
    const auto decoded = decode_request<list_keys_request>(client, request);
    if (!decoded) {
        return request_route::close;
    }
    auto& server = client.server();
    if (!server.guarded.guards(decoded->topic)) {
        const auto text = not_guarded_text(decoded->topic);
        answer_with(client, client.owe(request), request_identity{request},
                    failed(kafka_error::unknown_topic_or_partition, text));
        return request_route::handled;
    }
    if (decoded->limit < 1) {
        answer_with(client, client.owe(request), request_identity{request},
                    failed(kafka_error::invalid_request, "bkes: the limit must be at least 1"));
        return request_route::handled;
    }
    asked_keys asked{bytes{decoded->topic}, bytes{decoded->prefix},
                     std::optional<bytes>{decoded->after},
                     static_cast<std::size_t>(std::min(decoded->limit, page_keys_max))};
    std::make_shared<key_listing>(client, request, std::move(asked))->start(client, request);
    return request_route::handled;
}

}  // namespace bkes::proxy
