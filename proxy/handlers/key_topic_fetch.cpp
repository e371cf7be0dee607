#include "proxy/handlers/key_topic_fetch.hpp"

#include "proxy/handlers/error_map.hpp"
#include "proxy/session/server_state.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace bkes::proxy {

using protocol::fetch_request;
using protocol::fetch_response;
using protocol::kafka_error;

namespace {

/// Aggregates of one request whose growth ends the waiting. For what is beyond, its time does.
constexpr std::size_t watched_max = 1'000;

/// Of a record beside key, value and headers, roughly.
constexpr std::size_t record_overhead_bytes = 16;

std::optional<kafka_error> fault_of_question(const requested_topic& topic, std::int32_t partition) {
    if (topic.is_unknown_id()) {
        return kafka_error::unknown_topic_id;
    }
    return topic.key && partition == 0 ? std::nullopt
                                       : std::optional{kafka_error::unknown_topic_or_partition};
}

}  // namespace

key_topic_fetch::key_topic_fetch(session& client, const client_request& request,
                                 const fetch_request& asked)
    : key_read{client, std::chrono::milliseconds{asked.max_wait_ms}, {}},
      split_{std::make_shared<split_request<fetch_response>>(client, request)},
      min_bytes_{size_asked(asked.min_bytes)},
      bytes_max_{size_asked(asked.max_bytes)} {}

void key_topic_fetch::add(const fetch_request::topic& topic, requested_topic what) {
    for (const auto& partition : topic.partitions) {
        auto& added = partitions_.emplace_back();
        added.topic = topics_.size();
        added.index = partition.partition_index;
        added.from = event_order{partition.fetch_offset};
        added.bytes_max = size_asked(partition.partition_max_bytes);
        added.fault = fault_of_question(what, partition.partition_index);
    }
    topics_.push_back({std::move(what), std::string{topic.name}, topic.topic_id});
}

void key_topic_fetch::start(session& client, const client_request& request,
                            const fetch_request& for_brokers, bool is_all_ours) {
    // More than all partitions may give together never comes.
    std::size_t given_max = 0;
    for (const auto& partition : partitions_) {
        given_max += partition.bytes_max;
    }
    min_bytes_ = std::min({min_bytes_, bytes_max_, given_max});
    split_->start(client, request, for_brokers, is_all_ours);
    begin_pass(!measures_first());
    begin(client, split_->id(), (topics_.size() + partitions_.size()) * element_bytes);
}

void key_topic_fetch::look_at_rights(rights_check& rights) {
    for (auto& topic : topics_) {
        if (const auto& key = topic.what.key) {
            topic.is_forbidden =
                !rights.allows(key->topic, key->key, protocol::acl_operation::read);
        }
    }
}

/// Of the question: nothing has to be read to know it.
std::optional<kafka_error> key_topic_fetch::fault_of(const asked_partition& partition) const {
    return topics_[partition.topic].is_forbidden
               ? std::optional{kafka_error::topic_authorization_failed}
               : partition.fault;
}

store_read::progress key_topic_fetch::read_on(read_budget& budget) {
    for (; at_ < partitions_.size(); ++at_) {
        if (budget.is_spent()) {
            return progress::more;
        }
        auto& partition = partitions_[at_];
        const auto done = is_collecting_ ? collect(partition, budget) : measure(partition, budget);
        if (done == progress::more) {
            return done;
        }
    }
    return progress::done;
}

/// `visit` sees the events from `from` on; with none, only the range is looked at.
void key_topic_fetch::read(asked_partition& partition, std::optional<event_order> from,
                           const store::event_visitor& visit) {
    partition.error = fault_of(partition);
    partition.is_refused = false;
    if (partition.error) {
        return;
    }
    const auto& [topic, key] = *topics_[partition.topic].what.key;
    const auto begin_at =
        [&](const std::optional<store::aggregate_head>& head) -> std::optional<event_order> {
        partition.start = head ? head->start_order : event_order{0};
        partition.next = head ? head->next_order : event_order{0};
        const bool has_begun = partition.slice.next().has_value();
        if (!has_begun && (partition.from < partition.start || partition.from > partition.next)) {
            partition.error = kafka_error::offset_out_of_range;
            return std::nullopt;
        }
        const bool is_there = from && *from >= partition.start && *from < partition.next;
        return is_there ? from : std::nullopt;
    };
    const auto done = reader().read(began(), topic, key, begin_at, visit);
    if (done) {
        return;
    }
    if (may_come(topic, done.error())) {
        partition.is_refused = true;
    } else {
        partition.error = read_error_of(done.error());
    }
}

/// Counts what can be had, as far as that matters.
store_read::progress key_topic_fetch::measure(asked_partition& partition, read_budget& budget) {
    bool is_cut = false;
    const auto count = [&](const store::stored_event& event) {
        const auto& key = topics_[partition.topic].what.key->key;
        partition.measured_bytes += event.body.size() + key.size() + record_overhead_bytes;
        partition.measured_to = event.order + 1;
        is_cut = budget.is_spent();
        return !is_cut && partition.measured_bytes < partition.bytes_max;
    };
    read(partition, std::max(partition.from, partition.measured_to), count);
    return is_cut ? progress::more : progress::done;
}

store_read::progress key_topic_fetch::collect(asked_partition& partition, read_budget& budget) {
    if (partition.is_collected) {
        return progress::done;
    }
    bool is_cut = false;
    const auto had = partition.slice.records().size();
    const auto left = bytes_max_ - std::min(bytes_max_, collected_bytes_);
    const auto room = std::min(partition.bytes_max, had + left);
    const auto take = [&](const store::stored_event& event) {
        const auto& key = topics_[partition.topic].what.key->key;
        const bool fits = partition.slice.add(key, event, room);
        is_cut = fits && budget.is_spent();
        return fits && !is_cut;
    };
    const bool is_full = collected_bytes_ > 0 && left == 0;
    const auto from = partition.slice.next().value_or(partition.from);
    read(partition, is_full ? std::nullopt : std::optional{from}, take);
    collected_bytes_ += partition.slice.records().size() - had;
    partition.is_collected = !is_cut && !partition.is_refused;
    return is_cut ? progress::more : progress::done;
}

/// The waiting is the instance's too, but for what needs no instance to be known.
void key_topic_fetch::ask(session& client, std::move_only_function<void()> done) {
    begin_pass(true);
    fetch_request request;
    request.min_bytes = static_cast<std::int32_t>(min_bytes_);
    request.max_bytes = static_cast<std::int32_t>(bytes_max_);
    std::vector<asked_partition*> open;
    for (auto& one : partitions_) {
        one.error = fault_of(one);
        if (one.error) {
            continue;
        }
        open.push_back(&one);
        auto& topic = request.topics.emplace_back();
        topic.name = topics_[one.topic].what.name;
        auto& partition = topic.partitions.emplace_back();
        partition.fetch_offset = one.from.value();
        partition.partition_max_bytes = static_cast<std::int32_t>(one.bytes_max);
    }
    if (open.empty()) {
        boost::asio::post(client.context(), std::move(done));
        return;
    }
    const bool is_known = open.size() < partitions_.size();
    const auto wait = is_known ? std::chrono::milliseconds{0} : wait_there(client);
    request.max_wait_ms = static_cast<std::int32_t>(wait.count());
    ask_instance<fetch_response>(
        client, std::move(request), fetch_of_names, wait,
        [this, open = std::move(open)](const result<fetch_response>& answer) {
            take(answer, open);
        },
        std::move(done));
}

/// Each stands in the answer as it was asked.
void key_topic_fetch::take(const result<fetch_response>& answer,
                           const std::vector<asked_partition*>& open) {
    const bool is_whole = answer && answer->responses.size() == open.size();
    for (std::size_t at = 0; at < open.size(); ++at) {
        auto& asked = *open[at];
        if (!is_whole || answer->responses[at].partitions.size() != 1) {
            asked.error = read_error_of({});
            continue;
        }
        const auto& found = answer->responses[at].partitions.front();
        asked.start = event_order{found.log_start_offset};
        asked.next = event_order{found.high_watermark};
        if (found.error_code == code_of(kafka_error::offset_out_of_range)) {
            asked.error = kafka_error::offset_out_of_range;
        } else if (found.error_code != 0) {
            asked.error = read_error_of(read_refusal_of(found.error_code));
        } else {
            asked.slice.adopt(found.records.value_or(bytes_view{}), {});
            collected_bytes_ += asked.slice.records().size();
        }
    }
}

void key_topic_fetch::passed(session& client) {
    if (needs_proof_alone()) {
        at_ = 0;
        return;  // the proof, or the end of waiting for it, brings the next pass
    }
    const bool is_enough = has_enough() || is_time_over();
    if (is_enough && is_collecting_) {
        answered();
        answer();
    } else if (is_enough) {
        begin_pass(true);
        go_on();
    } else if (!has_store()) {
        go_on();
    } else {
        begin_pass(!measures_first());
        wait_for_more(client);
    }
}

/// Not, if it has some events to tell already: a proof that ended in the middle ends the answer.
bool key_topic_fetch::needs_proof_alone() const {
    return awaits_proof_only() && std::ranges::any_of(partitions_, [](const auto& one) {
               return one.is_refused && one.slice.records().empty();
           });
}

/// With nothing to tell, what may not be read yet is waited for, even by who wants no bytes.
bool key_topic_fetch::has_enough() const {
    std::size_t measured = 0;
    bool is_any_refused = false;
    for (const auto& partition : partitions_) {
        if (partition.error || fault_of(partition)) {
            return true;
        }
        is_any_refused = is_any_refused || partition.is_refused;
        measured += std::min(partition.measured_bytes, partition.bytes_max);
    }
    const auto found = std::max(measured, collected_bytes_);
    return found >= min_bytes_ && (found > 0 || !is_any_refused);
}

void key_topic_fetch::begin_pass(bool is_collecting) {
    is_collecting_ = is_collecting;
    at_ = 0;
    collected_bytes_ = 0;
    for (auto& partition : partitions_) {
        partition.slice.clear();
        partition.is_collected = false;
    }
}

void key_topic_fetch::answer() {
    for (std::size_t topic = 0; topic < topics_.size(); ++topic) {
        split_->own.responses.push_back(
            {.name = topics_[topic].name, .topic_id = topics_[topic].id});
    }
    for (auto& partition : partitions_) {
        partition.slice.finish();
        split_->own.responses[partition.topic].partitions.push_back(answer_of(partition));
    }
    split_->own_done();
}

key_topic_fetch::answered_partition key_topic_fetch::answer_of(
    const asked_partition& partition) const {
    answered_partition answer{
        .partition_index = partition.index, .high_watermark = -1, .records = bytes_view{}};
    auto error = fault_of(partition);
    if (!error && partition.is_refused && partition.slice.records().empty()) {
        error = kafka_error::not_leader_or_follower;
    } else if (!error) {
        error = partition.error;
    }
    if (error) {
        answer.error_code = code_of(*error);
        if (error != kafka_error::offset_out_of_range) {
            return answer;
        }
    }
    answer.high_watermark = partition.next.value();
    answer.last_stable_offset = partition.next.value();
    answer.log_start_offset = partition.start.value();
    answer.records = partition.slice.records();
    return answer;
}

/// The first of the aggregates to get an event, or the deadline, brings the next pass.
void key_topic_fetch::wait_for_more(session& client) {
    wait(client);
    std::size_t watched = 0;
    for (auto& partition : partitions_) {
        if (partition.error || partition.is_refused || partition.growth) {
            continue;
        }
        if (++watched > watched_max) {
            break;
        }
        const auto& [topic, key] = *topics_[partition.topic].what.key;
        partition.growth = watch(client, topic, key, partition.next + 1,
                                 [this, &partition] {  // owned by `this`, and so is its ticket
                                     partition.growth.reset();
                                     go_on();
                                 });
    }
}

}  // namespace bkes::proxy
