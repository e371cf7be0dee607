// OffsetFetch: for key topics what is remembered of commits, else the aggregate's start
// (committed_orders.hpp): -1 would have a client with auto.offset.reset=latest skip what came while it
// was away, and so would an offset out of range. The rest goes on.

#include "protocol/messages/offset_fetch.hpp"

#include "protocol/kafka_error.hpp"
#include "protocol/messages/fetch.hpp"
#include "proxy/handlers/error_map.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/key_read.hpp"
#include "proxy/handlers/requested_topics.hpp"
#include "proxy/handlers/split_request.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bkes::proxy {

using protocol::kafka_error;
using protocol::offset_fetch_request;
using protocol::offset_fetch_response;

namespace {

constexpr std::int64_t no_offset = -1;

/// The brokers' answer and bkes' own name groups in the same order (versions 8 and later). An error
/// of a group says it all; that of the brokers comes first.
class split_offset_fetch : public split_request<offset_fetch_response> {
  public:
    using split_request::split_request;

  private:
    void merge(offset_fetch_response& response) override {
        merge_answers(response, own);
        for (auto& group : own.groups) {
            const auto same = std::ranges::find(response.groups, group.group_id,
                                                &offset_fetch_response::group::group_id);
            if (same != response.groups.end()) {
                merge_answers(*same, group);
            }
        }
    }

    static void merge_answers(auto& to, auto& from) {
        if (to.error_code != 0) {
            return;
        }
        to.error_code = from.error_code;
        if (to.error_code != 0) {
            to.topics.clear();
        } else {
            std::ranges::move(from.topics, std::back_inserter(to.topics));
        }
    }
};

/// The key topics of a request, and how far their aggregates reach.
class committed_read final : public key_read {
  public:
    /// Of a topic or a partition: asked, kept and answered.
    static constexpr std::size_t element_bytes = 300;

    committed_read(session& client, const client_request& request)
        : key_read{client, {}, client.server().settings.hold},
          has_group_error_{request.api_version > 1},
          split_{std::make_shared<split_offset_fetch>(client, request)} {}

    [[nodiscard]] split_offset_fetch& split() { return *split_; }

    /// Moves the key topics out of the request. `group`: where it stands in the answer, if that
    /// names groups.
    template <class Topics>
    void take_key_topics(const server_state& server, Topics& asked, bytes_view group_id,
                         std::optional<std::size_t> group) {
        if (!asked) {
            return;  // all topics of the group: the brokers know no key topic
        }
        std::erase_if(*asked, [&](const auto& topic) {
            auto what = classify_name(server, topic.name);
            if (what.is_real()) {
                return false;
            }
            topics_.push_back({.group = group,
                               .group_id = bytes{group_id},
                               .what = std::move(what),
                               .name = std::string{topic.name},
                               .partitions = topic.partition_indexes});
            return true;
        });
    }

    [[nodiscard]] bool is_empty() const { return topics_.empty(); }

    /// `elements`: how many topics and partitions were taken.
    void start(session& client, const client_request& request,
               const offset_fetch_request& for_brokers, std::size_t elements) {
        // Sent on even if no topic is left: the brokers judge the group and the client's right to it.
        split_->start(client, request, for_brokers, false);
        begin(client, split_->id(), elements * element_bytes);
    }

    progress read_on(read_budget& budget) override {
        for (; at_ < topics_.size(); ++at_) {
            if (budget.is_spent()) {
                return progress::more;
            }
            look_up(topics_[at_]);
        }
        return progress::done;
    }

    [[nodiscard]] bool needs_room() const override { return false; }

    /// By a Fetch past all ends, whose refusal tells both of them.
    void ask(session& client, std::move_only_function<void()> done) override {
        protocol::fetch_request request;
        request.min_bytes = 0;
        std::vector<asked_topic*> open;
        for (auto& one : topics_) {
            if (!one.what.key || one.is_forbidden || one.is_read) {
                continue;
            }
            open.push_back(&one);
            auto& topic = request.topics.emplace_back();
            topic.name = one.name;
            topic.partitions.push_back(
                {.partition_index = 0, .fetch_offset = std::numeric_limits<std::int64_t>::max()});
        }
        if (open.empty()) {
            boost::asio::post(client.context(), std::move(done));
            return;
        }
        ask_instance<protocol::fetch_response>(
            client, std::move(request), fetch_of_names, {},
            [open = std::move(open)](const result<protocol::fetch_response>& answer) {
                take(answer, open);
            },
            std::move(done));
    }

  private:
    struct asked_topic {
        std::optional<std::size_t> group;
        bytes group_id;
        requested_topic what;
        std::string name;
        std::vector<std::int32_t> partitions;

        bool is_forbidden = false;
        bool is_read = false;
        bool is_refused = false;  ///< may be read later
        event_order start{0};
        event_order next{0};
    };

    void look_at_rights(rights_check& rights) override {
        for (auto& topic : topics_) {
            if (const auto& key = topic.what.key) {
                topic.is_forbidden =
                    !rights.allows(key->topic, key->key, protocol::acl_operation::describe);
            }
        }
    }

    void look_up(asked_topic& asked) {
        asked.is_refused = false;
        if (!asked.what.key || asked.is_forbidden || asked.is_read) {
            return;
        }
        const auto& [topic, key] = *asked.what.key;
        const auto done = reader().read(
            began(), topic, key,
            [&asked](const auto& head) -> std::optional<event_order> {
                asked.start = head ? head->start_order : event_order{0};
                asked.next = head ? head->next_order : event_order{0};
                return std::nullopt;
            },
            [](const store::stored_event&) { return false; });
        asked.is_read = done.has_value();
        asked.is_refused = !done && may_come(topic, done.error());
    }

    static void take(const result<protocol::fetch_response>& answer,
                     const std::vector<asked_topic*>& open) {
        const bool is_whole = answer && answer->responses.size() == open.size();
        for (std::size_t at = 0; is_whole && at < open.size(); ++at) {
            const auto& partitions = answer->responses[at].partitions;
            const bool is_told =
                partitions.size() == 1 &&
                partitions.front().error_code == code_of(kafka_error::offset_out_of_range);
            open[at]->is_read = is_told;
            if (is_told) {
                open[at]->start = event_order{partitions.front().log_start_offset};
                open[at]->next = event_order{partitions.front().high_watermark};
            }
        }
    }

    void passed(session& client) override {
        at_ = 0;
        if (std::ranges::any_of(topics_, &asked_topic::is_refused)) {
            return;  // the proof, or the end of waiting for it, brings the next pass
        }
        answered();
        for (const auto& asked : topics_) {
            if (asked.group) {
                auto& group = split_->own.groups[*asked.group];
                answer(client.server(), asked, group.topics.emplace_back(), group.error_code);
            } else {
                answer(client.server(), asked, split_->own.topics.emplace_back(),
                       split_->own.error_code);
            }
        }
        split_->own_done();
    }

    /// A group that can't be answered for now asks again, as while its coordinator starts.
    void answer(server_state& server, const asked_topic& asked, auto& topic,
                std::int16_t& group_error) const {
        topic.name = asked.name;
        const bool is_open = asked.what.key && !asked.is_forbidden && !asked.is_read;
        if (is_open && has_group_error_) {
            group_error = code_of(kafka_error::coordinator_load_in_progress);
        }
        for (const auto index : asked.partitions) {
            auto& partition = topic.partitions.emplace_back();
            partition.partition_index = index;
            partition.committed_offset = no_offset;
            if (asked.is_forbidden) {
                partition.error_code = code_of(kafka_error::topic_authorization_failed);
            } else if (is_open) {
                partition.error_code = code_of(kafka_error::coordinator_load_in_progress);
            } else if (asked.is_read && index == 0) {
                partition.committed_offset = offset_of(server, asked).value();
            }
        }
    }

    static event_order offset_of(server_state& server, const asked_topic& asked) {
        const auto committed = server.committed.find(
            asked.group_id, asked.name, guarded_topic_id(server, asked.what.key->topic));
        const bool is_there = committed && *committed >= asked.start && *committed <= asked.next;
        return is_there ? *committed : asked.start;
    }

    bool has_group_error_;
    std::shared_ptr<split_offset_fetch> split_;
    std::vector<asked_topic> topics_;
    std::size_t at_ = 0;  ///< the topic that is looked at now
};

/// Topics and partitions to be answered here: an element of four bytes is one.
std::size_t count_elements(const server_state& server, const offset_fetch_request& request) {
    const auto count_in = [&](const auto& topics) {
        return topics
                   ? count_own(server, *topics,
                               [](const auto& topic) { return 1 + topic.partition_indexes.size(); })
                   : 0;
    };
    auto found = count_in(request.topics);
    for (const auto& group : request.groups) {
        found += count_in(group.topics);
    }
    return found;
}

}  // namespace

request_route handle_offset_fetch(session& client, const client_request& request) {
    auto decoded = decode_request<offset_fetch_request>(client, request);
    if (!decoded) {
        return request_route::close;
    }
    const auto elements = count_elements(client.server(), *decoded);
    if (!has_memory_for(client, elements, committed_read::element_bytes,
                        offset_fetch_request::schema.name)) {
        return request_route::close;
    }
    const auto own = std::make_shared<committed_read>(client, request);
    const auto& server = client.server();
    own->take_key_topics(server, decoded->topics, decoded->group_id, std::nullopt);
    auto& groups = own->split().own.groups;
    for (auto& group : decoded->groups) {
        own->take_key_topics(server, group.topics, group.group_id, groups.size());
        groups.emplace_back().group_id = own->split().keep(group.group_id);
    }
    if (own->is_empty()) {
        client.expect_upstream(request);
        return request_route::relay;
    }
    own->start(client, request, *decoded, elements);
    return request_route::handled;
}

}  // namespace bkes::proxy
