// Produce. A request that names no guarded topic passes as it came. Otherwise it is taken apart:
// each guarded partition becomes an append of its own, the rest goes upstream as one smaller
// Produce, and one answer waits for all of them.

#include "protocol/messages/produce.hpp"

#include "protocol/wire/field_versions.hpp"
#include "protocol/wire/number_of.hpp"
#include "proxy/addresses/address_rewriter.hpp"
#include "proxy/handlers/error_map.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/node_endpoints.hpp"
#include "proxy/handlers/produce_rights.hpp"
#include "proxy/handlers/reply.hpp"
#include "proxy/handlers/requested_topics.hpp"
#include "proxy/log/text.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace bkes::proxy {

using protocol::kafka_error;
using protocol::produce_request;
using protocol::produce_response;

namespace {

constexpr std::int16_t first_produce_with_endpoints =
    protocol::first_version_of<produce_response>("node_endpoints");

struct produce_peek {
    std::int16_t acks = 0;
    bool touches_bkes = false;  ///< a guarded topic, or a name in the space of the key topics
};

std::optional<produce_peek> peek(server_state& server, const client_request& request) {
    produce_peek seen;
    const auto visit = [&](const protocol::located_field& field) {
        if (field.path == "acks") {
            seen.acks = protocol::number_of<std::int16_t>(field.value);
        } else if (field.path == "topic_data.name") {
            seen.touches_bkes = seen.touches_bkes || server.guarded.guards(field.value) ||
                                server.key_topics.kind_of(field.value) != topic_kind::real;
        }
        return protocol::walk::go_on;
    };
    if (!protocol::locate<produce_request>(request.body, request.api_version, visit)) {
        return std::nullopt;
    }
    return seen;
}

/// One client's Produce while its parts are under way. Lives until the last part is known.
class split_produce : public std::enable_shared_from_this<split_produce> {
  public:
    /// Of a partition besides its records: an append on its way, and an answer.
    static constexpr std::size_t partition_bytes = 600;

    split_produce(session& client, const client_request& request, const produce_request& decoded)
        : client_{client.weak_from_this()},
          busy_poll_{client.busy()},
          identity_{request},
          client_id_{client.server().conflicts.is_watched() ? request.client_id.value_or("")
                                                            : bytes_view{}},
          has_answer_{decoded.acks != 0},
          held_bytes_{has_answer_ ? 0 : request.frame.size()} {
        client.hold_request_bytes(held_bytes_);
    }

    /// Answers one partition at once.
    void refuse(bytes_view topic, std::int32_t partition, kafka_error error, std::string text) {
        auto& answer = add(topic, partition);
        answer.error = code_of(error);
        answer.text = std::move(text);
        has_failed_ = true;
    }

    void append(session& client, bytes_view topic,
                const produce_request::topic::partition& partition,
                std::chrono::steady_clock::time_point deadline);

    void await_upstream() { ++pending_; }

    void upstream_answered(bytes_view frame) {
        upstream_frame_ = frame;
        part_done();
    }

    /// All parts are on their way; the answer is `id` unless acks is 0, and says that the client has to
    /// be quiet for `throttle`.
    void started(answer_id id, std::chrono::milliseconds throttle) {
        answer_id_ = id;
        throttle_ = throttle;
        part_done();
    }

  private:
    struct partition_answer {
        std::string topic;
        std::int32_t partition = 0;
        std::int16_t error = 0;
        std::string text;
        sync::append_answer written;
    };

    partition_answer& add(bytes_view topic, std::int32_t partition) {
        return answers_.emplace_back(partition_answer{
            .topic = std::string{topic}, .partition = partition, .text = {}, .written = {}});
    }

    void appended(partition_answer& answer, sync::append_answer outcome) {
        busy_poll_.answered();
        answer.error = produce_error_of(outcome);
        answer.text = outcome.text;
        if (outcome.conflict) {
            show_conflict(answer, *outcome.conflict);
        }
        answer.written = std::move(outcome);
        has_failed_ = has_failed_ || answer.error != 0;
        part_done();
    }

    void part_done() {
        if (--pending_ == 0) {
            if (const auto client = client_.lock()) {
                finish(*client);
            }
        }
    }

    void show_conflict(const partition_answer& answer, const sync::order_conflict& conflict);
    void finish(session& client);
    void add_partitions(produce_response& response) const;

    std::weak_ptr<session> client_;
    sync::busy_poll& busy_poll_;
    request_identity identity_;
    std::string client_id_;  ///< for who watches conflicts
    bool has_answer_;
    std::size_t held_bytes_;
    std::size_t pending_ = 1;  ///< the parts, and `started`
    bool has_failed_ = false;
    std::deque<partition_answer> answers_;  ///< a deque: parts hold references
    bytes upstream_frame_;
    answer_id answer_id_{};
    std::chrono::milliseconds throttle_{0};
};

void split_produce::append(session& client, bytes_view topic,
                           const produce_request::topic::partition& partition,
                           std::chrono::steady_clock::time_point deadline) {
    auto& answer = add(topic, partition.index);
    ++pending_;
    sync::append_job job{.records = bytes{partition.records.value_or(bytes_view{})},
                         .deadline = deadline,
                         .client = client.peer(),
                         .session = client_,
                         .session_can_go = true,
                         .answer_on = &client.context(),
                         .done = [self = shared_from_this(), &answer](sync::append_answer outcome) {
                             self->appended(answer, std::move(outcome));
                         }};
    const auto submitted =
        client.server().guarded.append(topic, partition_id{partition.index}, std::move(job));
    if (submitted == sync::guarded_topics::append_submission::unknown_partition) {
        answer.error = code_of(kafka_error::unknown_topic_or_partition);
        has_failed_ = true;
        --pending_;
        return;
    }
    busy_poll_.sent();
}

void split_produce::show_conflict(const partition_answer& answer,
                                  const sync::order_conflict& conflict) {
    const auto client = client_.lock();
    if (!client || !client->server().conflicts.is_watched()) {
        return;
    }
    const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
    client->server().conflicts.add(
        {.time_ms = std::chrono::duration_cast<std::chrono::milliseconds>(since_1970).count(),
         .topic = answer.topic,
         .key = conflict.key,
         .partition = partition_id{answer.partition},
         .expected = conflict.expected,
         .got = conflict.got,
         .client_id = client_id_});
}

void split_produce::add_partitions(produce_response& response) const {
    for (const auto& answer : answers_) {
        if (response.responses.empty() || response.responses.back().name != answer.topic) {
            response.responses.push_back({.name = answer.topic});
        }
        auto& partition = response.responses.back().partition_responses.emplace_back();
        partition.index = answer.partition;
        partition.error_code = answer.error;
        partition.base_offset = answer.error == 0 ? answer.written.base_offset.value() : -1;
        partition.log_append_time_ms = answer.written.log_append_time_ms;
        partition.log_start_offset = answer.written.log_start_offset.value();
        if (!answer.text.empty()) {
            partition.error_message = answer.text;
        }
        if (answer.written.record_index >= 0) {
            partition.record_errors.push_back({.batch_index = answer.written.record_index,
                                               .batch_index_error_message = answer.text});
        }
    }
}

void split_produce::finish(session& client) {
    client.release_request_bytes(held_bytes_);
    if (!has_answer_) {
        if (has_failed_) {
            const auto refused = std::ranges::find_if(
                answers_, [](const auto& answer) { return answer.error != 0; });
            client.close(disconnect::refused_without_answer, refused->text);
        }
        return;
    }
    produce_response response;
    address_rewriter addresses{client.listener().brokers};
    if (!upstream_frame_.empty()) {
        auto others = decode_response<produce_response>(client, identity_, upstream_frame_);
        if (!others) {
            return;
        }
        response = std::move(*others);
        addresses.rewrite_all(response.node_endpoints);
    }
    add_partitions(response);
    response.throttle_time_ms =
        std::max(response.throttle_time_ms, static_cast<std::int32_t>(throttle_.count()));
    answer_with(client, answer_id_, identity_, response);
}

bool are_acks_valid(std::int16_t acks) {
    return acks >= -1 && acks <= 1;
}

/// Moves what bkes guards out of the request and into `split`. `refusals`: look_at_write_rights.
void take_apart(session& client, produce_request& request, split_produce& split,
                std::span<std::optional<write_refusal>> refusals) {
    auto& server = client.server();
    const auto deadline = std::chrono::steady_clock::now() +
                          std::chrono::milliseconds{std::max(0, request.timeout_ms)};
    std::size_t next_guarded = 0;
    std::erase_if(request.topic_data, [&](const produce_request::topic& topic) {
        const auto what = classify_name(server, topic.name);
        if (what.is_real() && !server.guarded.guards(topic.name)) {
            return false;
        }
        for (const auto& partition : topic.partition_data) {
            if (what.kind == topic_kind::malformed) {
                split.refuse(topic.name, partition.index, kafka_error::invalid_topic_exception, {});
            } else if (what.kind == topic_kind::key) {
                split.refuse(topic.name, partition.index, kafka_error::policy_violation,
                             "bkes: a key topic is read-only: produce to " + what.key->topic);
            } else if (auto& refusal = refusals[next_guarded++]) {
                split.refuse(topic.name, partition.index, refusal->error, std::move(refusal->text));
            } else if (!are_acks_valid(request.acks)) {
                split.refuse(topic.name, partition.index, kafka_error::invalid_required_acks, {});
            } else {
                split.append(client, topic.name, partition, deadline);
            }
        }
        return true;
    });
}

/// `passed_on`: of the request's bytes those that the broker counts by itself.
std::chrono::milliseconds count_in_quota(session& client, const client_request& request,
                                         std::size_t passed_on) {
    const auto whole = request.frame.size() - protocol::frame_prefix_size;
    const auto& user = client.sasl().user();
    const sync::produce_client who{.user = user ? std::optional<bytes_view>{*user} : std::nullopt,
                                   .client_id = request.client_id.value_or(bytes_view{})};
    const auto throttle =
        client.server().guarded.count_produced(who, whole - std::min(whole, passed_on));
    if (throttle.count() > 0) {
        client.mute(throttle);
    }
    return throttle;
}

request_route split_produce_request(session& client, const client_request& request) {
    auto decoded = decode_request<produce_request>(client, request);
    if (!decoded) {
        return request_route::close;
    }
    std::size_t asked = 0;
    for (const auto& topic : decoded->topic_data) {
        asked += topic.partition_data.size();
    }
    if (!has_memory_for(client, asked, split_produce::partition_bytes,
                        produce_request::schema.name)) {
        return request_route::close;
    }
    auto refusals = look_at_write_rights(client, *decoded);
    if (!refusals) {
        return request_route::after_rights;
    }
    const auto parts = std::make_shared<split_produce>(client, request, *decoded);
    take_apart(client, *decoded, *parts, *refusals);
    const bool has_answer = decoded->acks != 0;
    const auto passed_on =
        decoded->topic_data.empty() ? bytes{} : request_frame_like(client, request, *decoded);
    const auto throttle = count_in_quota(client, request, passed_on.size());
    answer_id id{};
    if (passed_on.empty()) {
        id = has_answer ? client.owe(request) : id;
    } else if (has_answer) {
        parts->await_upstream();
        id = client.send_instead(request, passed_on,
                                 [parts, &client](answer_id answered, bytes_view frame) {
                                     client.hold_response_bytes(answered, frame.size());
                                     parts->upstream_answered(frame);
                                 });
    } else {
        client.send_unanswered(passed_on);
    }
    parts->started(id, throttle);
    return request_route::handled;
}

}  // namespace

request_route handle_produce(session& client, const client_request& request) {
    const auto seen = peek(client.server(), request);
    if (!seen) {
        client.close(disconnect::malformed_request, "produce_request");
        return request_route::close;
    }
    if (seen->touches_bkes) {
        return split_produce_request(client, request);
    }
    if (seen->acks == 0) {
        return request_route::relay;
    }
    client.expect_upstream(request,
                           request.api_version < first_produce_with_endpoints
                               ? response_handler{}
                               : rewrite_node_endpoints<produce_response>(client, request));
    return request_route::relay;
}

}  // namespace bkes::proxy
