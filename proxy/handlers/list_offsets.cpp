// ListOffsets: real topics go upstream, key topics are answered from the store.

#include "protocol/messages/list_offsets.hpp"

#include "proxy/handlers/error_map.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/key_read.hpp"
#include "proxy/handlers/reply.hpp"
#include "proxy/handlers/requested_topics.hpp"
#include "proxy/handlers/split_request.hpp"
#include "proxy/session/server_state.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace bkes::proxy {

using protocol::kafka_error;
using protocol::list_offsets_request;
using protocol::list_offsets_response;

namespace {

// Times that mean a place (Kafka: ListOffsetsRequest.java).
constexpr std::int64_t latest = -1;
constexpr std::int64_t earliest = -2;
constexpr std::int64_t largest_time = -3;
constexpr std::int64_t earliest_local = -4;
constexpr std::int64_t last_tiered = -5;
constexpr std::int64_t earliest_pending_upload = -6;

class key_offsets final : public key_read {
  public:
    /// Of a topic or a partition: asked, kept and answered.
    static constexpr std::size_t element_bytes = 300;

    key_offsets(session& client, const client_request& request)
        : key_read{client, {}, client.server().settings.hold},
          split_{std::make_shared<split_request<list_offsets_response>>(client, request)} {}

    /// A topic that isn't real. Copies, as the request's frame is gone when it is answered.
    void add(const list_offsets_request::topic& topic, requested_topic what) {
        for (const auto& asked : topic.partitions) {
            partitions_.push_back({.topic = topics_.size(),
                                   .index = asked.partition_index,
                                   .time = asked.timestamp,
                                   .fault = fault_of_question(what, asked.partition_index)});
            refuse_repetition(topic.name);
        }
        topics_.push_back({.what = std::move(what), .name = std::string{topic.name}});
    }

    void start(session& client, const client_request& request,
               const list_offsets_request& for_brokers, bool is_all_ours) {
        split_->start(client, request, for_brokers, is_all_ours);
        begin(client, split_->id(), (topics_.size() + partitions_.size()) * element_bytes);
    }

    progress read_on(read_budget& budget) override {
        for (; at_ < partitions_.size(); ++at_) {
            if (budget.is_spent() || look_up(partitions_[at_], budget) == progress::more) {
                return progress::more;
            }
        }
        return progress::done;
    }

    [[nodiscard]] bool needs_room() const override { return false; }

    void ask(session& client, std::move_only_function<void()> done) override {
        list_offsets_request request;
        std::vector<asked_partition*> open;
        for (auto& one : partitions_) {
            one.error = fault_of(one);
            if (one.error || one.is_found) {
                continue;
            }
            open.push_back(&one);
            auto& topic = request.topics.emplace_back();
            topic.name = topics_[one.topic].name;
            topic.partitions.push_back({.partition_index = one.index, .timestamp = one.time});
        }
        if (open.empty()) {
            boost::asio::post(client.context(), std::move(done));
            return;
        }
        ask_instance<list_offsets_response>(
            client, std::move(request), versions_there, {},
            [open = std::move(open)](const result<list_offsets_response>& answer) {
                take(answer, open);
            },
            std::move(done));
    }

  private:
    /// Offsets with their times, from 1 on.
    static constexpr protocol::version_range versions_there{
        .min = 1, .max = list_offsets_request::schema.versions.max};

    struct asked_topic {
        requested_topic what;
        std::string name;
        bool is_forbidden = false;
    };

    struct asked_partition {
        std::size_t topic;  ///< in `topics_`
        std::int32_t index;
        std::int64_t time;
        std::optional<kafka_error> fault;  ///< of the question

        std::optional<kafka_error> error{};
        bool is_refused = false;  ///< may be read later
        bool is_found = false;
        event_order scanned_to{0};
        std::int64_t offset = -1;
        std::int64_t timestamp_ms = -1;
    };

    static std::optional<kafka_error> fault_of_question(const requested_topic& topic,
                                                        std::int32_t partition) {
        if (!topic.key) {
            return kafka_error::invalid_topic_exception;
        }
        return partition == 0 ? std::nullopt
                              : std::optional{kafka_error::unknown_topic_or_partition};
    }

    /// As brokers do: whoever asks a thousand times would have a thousand scans.
    void refuse_repetition(bytes_view name) {
        if (partitions_.back().fault) {
            return;
        }
        const auto [first, is_first] = asked_.try_emplace(bytes{name}, partitions_.size() - 1);
        if (!is_first) {
            partitions_[first->second].fault = kafka_error::invalid_request;
            partitions_.back().fault = kafka_error::invalid_request;
        }
    }

    void look_at_rights(rights_check& rights) override {
        for (auto& topic : topics_) {
            if (const auto& key = topic.what.key) {
                topic.is_forbidden =
                    !rights.allows(key->topic, key->key, protocol::acl_operation::describe);
            }
        }
    }

    [[nodiscard]] std::optional<kafka_error> fault_of(const asked_partition& asked) const {
        return topics_[asked.topic].is_forbidden
                   ? std::optional{kafka_error::topic_authorization_failed}
                   : asked.fault;
    }

    progress look_up(asked_partition& asked, read_budget& budget) {
        asked.error = fault_of(asked);
        asked.is_refused = false;
        if (asked.error || asked.is_found) {
            return progress::done;
        }
        const auto& [topic, key] = *topics_[asked.topic].what.key;
        bool is_cut = false;
        const auto scan = [&](const store::stored_event& event) {
            asked.scanned_to = event.order + 1;
            const bool is_over = look_at(asked, event);
            is_cut = !is_over && budget.is_spent();
            return !is_over && !is_cut;
        };
        const auto done = reader().read(
            began(), topic, key, [&asked](const auto& head) { return place_to_scan(asked, head); },
            scan);
        if (done) {
            asked.is_found = !is_cut;
            return is_cut ? progress::more : progress::done;
        }
        asked.is_refused = may_come(topic, done.error());
        if (!asked.is_refused) {
            asked.error = read_error_of(done.error());
        }
        return progress::done;
    }

    /// Most places are told by the head; a time has to be looked for.
    static std::optional<event_order> place_to_scan(
        asked_partition& asked, const std::optional<store::aggregate_head>& head) {
        const auto start = head ? head->start_order : event_order{0};
        const auto next = head ? head->next_order : event_order{0};
        switch (asked.time) {
            case latest:
                asked.offset = next.value();
                return std::nullopt;
            case earliest:
            case earliest_local:
                asked.offset = start.value();
                return std::nullopt;
            case last_tiered:
            case earliest_pending_upload:
                return std::nullopt;
            default:
                return std::max(asked.scanned_to, start);
        }
    }

    /// True if nothing behind the event can change the answer: the first with that time or a later
    /// one; for the largest time, the first of those that have it (KIP-734).
    static bool look_at(asked_partition& asked, const store::stored_event& event) {
        const bool is_largest = asked.time == largest_time;
        const bool fits = is_largest ? asked.offset < 0 || event.timestamp_ms > asked.timestamp_ms
                                     : event.timestamp_ms >= asked.time;
        if (fits) {
            asked.offset = event.order.value();
            asked.timestamp_ms = event.timestamp_ms;
        }
        return fits && !is_largest;
    }

    /// Each stands in the answer as it was asked.
    static void take(const result<list_offsets_response>& answer,
                     const std::vector<asked_partition*>& open) {
        const bool is_whole = answer && answer->topics.size() == open.size();
        for (std::size_t at = 0; at < open.size(); ++at) {
            auto& asked = *open[at];
            if (!is_whole || answer->topics[at].partitions.size() != 1) {
                asked.error = read_error_of({});
                continue;
            }
            const auto& found = answer->topics[at].partitions.front();
            if (found.error_code != 0) {
                asked.error = read_error_of(read_refusal_of(found.error_code));
                continue;
            }
            asked.is_found = true;
            asked.offset = found.offset;
            asked.timestamp_ms = found.timestamp;
        }
    }

    void passed(session& /*client*/) override {
        at_ = 0;
        if (std::ranges::any_of(partitions_, &asked_partition::is_refused)) {
            return;  // the proof, or the end of waiting for it, brings the next pass
        }
        answered();
        for (const auto& topic : topics_) {
            split_->own.topics.emplace_back().name = topic.name;
        }
        for (const auto& asked : partitions_) {
            auto& answer = split_->own.topics[asked.topic].partitions.emplace_back();
            answer.partition_index = asked.index;
            const auto fault = fault_of(asked);  // found, and forbidden since then
            if (const auto error = fault ? fault : asked.error) {
                answer.error_code = code_of(*error);
            } else {
                answer.offset = asked.offset;
                answer.timestamp = asked.timestamp_ms;
            }
        }
        split_->own_done();
    }

    std::shared_ptr<split_request<list_offsets_response>> split_;
    std::vector<asked_topic> topics_;
    std::vector<asked_partition> partitions_;
    std::unordered_map<bytes, std::size_t> asked_;  ///< key topics, and where they stand
    std::size_t at_ = 0;                            ///< the partition that is looked at now
};

}  // namespace

request_route handle_list_offsets(session& client, const client_request& request) {
    auto& server = client.server();
    auto decoded = decode_request<list_offsets_request>(client, request);
    if (!decoded) {
        return request_route::close;
    }
    const auto asked = count_own(server, decoded->topics,
                                 [](const auto& topic) { return 1 + topic.partitions.size(); });
    if (!has_memory_for(client, asked, key_offsets::element_bytes,
                        list_offsets_request::schema.name)) {
        return request_route::close;
    }
    const auto own = std::make_shared<key_offsets>(client, request);
    const auto taken =
        std::erase_if(decoded->topics, [&](const list_offsets_request::topic& topic) {
            auto what = classify_name(server, topic.name);
            if (what.is_real()) {
                return false;
            }
            own->add(topic, std::move(what));
            return true;
        });
    if (taken == 0) {
        client.expect_upstream(request);
        return request_route::relay;
    }
    own->start(client, request, *decoded, decoded->topics.empty());
    return request_route::handled;
}

}  // namespace bkes::proxy
