#pragma once
// One Kafka partition in memory behind a scripted_broker: topic "t", partition 0. It appends,
// answers resends of the last five batches with their offset, and fetches; faults are planted per
// Produce.

#include "protocol/batch/record_batch.hpp"
#include "protocol/messages/fetch.hpp"
#include "protocol/messages/metadata.hpp"
#include "protocol/messages/offset_for_leader_epoch.hpp"
#include "protocol/messages/produce.hpp"
#include "tests/support/scripted_broker.hpp"
#include "tests/support/scripted_coordinator.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace bkes::test {

/// What happens to one Produce request.
enum class fault {
    none,
    close_before,       ///< the connection ends, nothing was appended
    close_after,        ///< it was appended, the answer never comes
    timed_out_after,    ///< appended, answered 7
    refused,            ///< not appended, answered 10
    state_lost_after,   ///< appended, answered 59
    state_lost_before,  ///< not appended, answered 59
    lost_after_all,     ///< an election took it, the answer of before says where it stood
};

class scripted_partition {
  public:
    explicit scripted_partition(boost::asio::io_context& context)
        : broker_{context,
                  [this](const protocol::request_view& request) { return judge(request); }} {}

    [[nodiscard]] std::uint16_t port() const { return broker_.port(); }

    void stop() { broker_.stop(); }

    void close_connections() { broker_.close_connections(); }

    /// The faults of the next Produce requests, first one first; then none.
    std::deque<fault> faults;
    /// A foreign record is appended before every so many-th Produce.
    std::function<void(scripted_partition&)> before_produce = [](scripted_partition&) {};

    /// An unclean election: a new leader, whose log ends at `end` and who drops all connections.
    void elect_uncleanly(std::int64_t end) {
        std::erase_if(batches_, [end](const bytes& batch) {
            return protocol::decode_batch_header(batch)->base_offset.value() >= end;
        });
        std::erase_if(known_, [end](const auto& batch) { return batch.base_offset >= end; });
        end_ = end;
        leaders_.push_back(end);
        broker_.close_connections();
    }

    /// So many Fetch requests end their connection.
    int fetches_to_refuse = 0;

    /// As another client would, past bkes.
    void append_foreign(bytes batch) { append(std::move(batch)); }

    [[nodiscard]] std::int64_t end() const { return end_; }

    /// The offsets of all records but markers.
    [[nodiscard]] std::vector<std::int64_t> record_offsets() const {
        std::vector<std::int64_t> offsets;
        for (const auto& batch : batches_) {
            const auto header = protocol::decode_batch_header(batch);
            for (int n = 0; !header->is_control() && n < header->record_count; ++n) {
                offsets.push_back(header->base_offset.value() + n);
            }
        }
        return offsets;
    }

    [[nodiscard]] std::size_t records() const { return record_offsets().size(); }

    scripted_coordinator& coordinator() { return coordinator_; }

    [[nodiscard]] const std::vector<bytes>& batches() const { return batches_; }

    int produce_requests = 0;
    int fetch_requests = 0;
    std::int32_t fetch_wait_ms = 0;  ///< of the last one
    std::int64_t log_start = 0;

  private:
    struct known_batch {
        std::int64_t producer;
        producer_epoch epoch;
        std::int32_t sequence;
        std::int64_t base_offset;
    };

    reply judge(const protocol::request_view& request) {
        switch (request.header.key) {
            case protocol::produce_request::schema.key:
                return produce(request);
            case protocol::fetch_request::schema.key:
                return fetch(request);
            case protocol::offset_for_leader_epoch_request::schema.key:
                return epoch_end(request);
            case protocol::metadata_request::schema.key:
                return metadata(request);
            case protocol::find_coordinator_request::schema.key:
            case protocol::init_producer_id_request::schema.key:
            case protocol::add_partitions_to_txn_request::schema.key:
            case protocol::end_txn_request::schema.key:
            case protocol::describe_producers_request::schema.key:
                return coordinator_.judge(request);
            default:
                return scripted_broker::answer_versions(request);
        }
    }

    reply metadata(const protocol::request_view& request) {
        protocol::metadata_response response;
        auto& broker = response.brokers.emplace_back();
        broker.node_id = 1;
        broker.host = "127.0.0.1";
        broker.port = broker_.port();
        auto& topic = response.topics.emplace_back();
        topic.name = "t";
        topic.topic_id.octets[0] = 1;
        auto& partition = topic.partitions.emplace_back();
        partition.leader_id = 1;
        partition.leader_epoch = static_cast<std::int32_t>(leaders_.size()) - 1;
        return scripted_broker::answer(request, response);
    }

    reply epoch_end(const protocol::request_view& request) {
        const auto asked = protocol::decode<protocol::offset_for_leader_epoch_request>(
            request.body, request.header.version);
        const auto& question = asked->topics.front().partitions.front();
        const auto leader = static_cast<std::int32_t>(leaders_.size()) - 1;
        protocol::offset_for_leader_epoch_response response;
        auto& topic = response.topics.emplace_back();
        topic.name = "t";
        auto& answered = topic.partitions.emplace_back();
        if (question.current_leader_epoch != leader) {
            answered.error_code = 74;
            return scripted_broker::answer(request, response);
        }
        answered.leader_epoch = question.leader_epoch;
        answered.end_offset = question.leader_epoch == leader
                                  ? end_
                                  : leaders_[static_cast<std::size_t>(question.leader_epoch) + 1];
        return scripted_broker::answer(request, response);
    }

    std::int64_t append(bytes batch) {
        const auto header = protocol::decode_batch_header(batch);
        const auto base = end_;
        protocol::place_batch(batch, log_offset{base},
                              leader_epoch{static_cast<std::int32_t>(leaders_.size()) - 1});
        end_ = base + header->last_offset_delta + 1;
        if (header->producer.value() >= 0) {
            known_.push_back(
                {header->producer.value(), header->epoch, header->base_sequence.value(), base});
        }
        batches_.push_back(std::move(batch));
        return base;
    }

    reply produce(const protocol::request_view& request) {
        ++produce_requests;
        before_produce(*this);
        const auto asked =
            protocol::decode<protocol::produce_request>(request.body, request.header.version);
        const auto records = *asked->topic_data.front().partition_data.front().records;
        const auto what = faults.empty() ? fault::none : faults.front();
        if (!faults.empty()) {
            faults.pop_front();
        }
        if (what == fault::close_before) {
            return {reply::kind::close};
        }
        protocol::produce_response response;
        auto& topic = response.responses.emplace_back();
        topic.name = "t";
        auto& answered = topic.partition_responses.emplace_back();
        if (what == fault::refused || what == fault::state_lost_before) {
            answered.error_code = what == fault::refused ? 10 : 59;
            return scripted_broker::answer(request, response);
        }
        const auto header = protocol::decode_batch_header(records);
        if (header->producer.value() == scripted_coordinator::producer &&
            header->epoch.value() < coordinator_.fence()) {
            answered.error_code = 47;
            return scripted_broker::answer(request, response);
        }
        if (what == fault::lost_after_all) {
            answered.base_offset = end_ - 1;
            return scripted_broker::answer(request, response);
        }
        const auto known = std::ranges::find_if(known_, [&header](const auto& one) {
            return one.producer == header->producer.value() && one.epoch == header->epoch &&
                   one.sequence == header->base_sequence.value();
        });
        answered.base_offset = known != known_.end() ? known->base_offset : append(bytes{records});
        if (what == fault::close_after) {
            return {reply::kind::close};
        }
        answered.error_code = what == fault::timed_out_after    ? 7
                              : what == fault::state_lost_after ? 59
                                                                : 0;
        return scripted_broker::answer(request, response);
    }

    reply fetch(const protocol::request_view& request) {
        ++fetch_requests;
        const auto asked =
            protocol::decode<protocol::fetch_request>(request.body, request.header.version);
        fetch_wait_ms = asked->max_wait_ms;
        const auto& asked_partition = asked->topics.front().partitions.front();
        const auto from = asked_partition.fetch_offset;
        if (fetches_to_refuse > 0) {
            --fetches_to_refuse;
            return {reply::kind::close};
        }
        bytes records;
        for (const auto& batch : batches_) {
            if (protocol::decode_batch_header(batch)->last_offset().value() >= from) {
                records += batch;
            }
        }
        protocol::fetch_response response;
        auto& topic = response.responses.emplace_back();
        topic.name = "t";
        auto& partition = topic.partitions.emplace_back();
        partition.high_watermark = end_;
        partition.last_stable_offset = end_;
        partition.log_start_offset = log_start;
        // KIP-595: where the log of the epoch asked ends, if that is below the offset asked.
        const auto last_fetched = static_cast<std::size_t>(asked_partition.last_fetched_epoch);
        if (asked_partition.last_fetched_epoch >= 0 && last_fetched + 1 < leaders_.size() &&
            leaders_[last_fetched + 1] < from) {
            partition.diverging_epoch.epoch = asked_partition.last_fetched_epoch;
            partition.diverging_epoch.end_offset = leaders_[last_fetched + 1];
        } else {
            partition.records = records;
        }
        return scripted_broker::answer(request, response);
    }

    scripted_broker broker_;
    scripted_coordinator coordinator_{[this](bytes marker) { append(std::move(marker)); },
                                      [this] { return port(); }};
    std::vector<bytes> batches_;
    std::vector<known_batch> known_;
    std::vector<std::int64_t> leaders_{0};  ///< where the log of each leader begins, by epoch
    std::int64_t end_ = 0;
};

}  // namespace bkes::test
