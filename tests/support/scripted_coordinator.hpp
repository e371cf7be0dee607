#pragma once
// The transaction coordinator of one transactional id, and what its partition's leader knows of it:
// as little as taking over a partition needs. EndTxn answers before its marker is written, as
// Kafka's does, unless it is asked a second time.

#include "protocol/batch/record_batch.hpp"
#include "protocol/messages/add_partitions_to_txn.hpp"
#include "protocol/messages/describe_producers.hpp"
#include "protocol/messages/end_txn.hpp"
#include "protocol/messages/find_coordinator.hpp"
#include "protocol/messages/init_producer_id.hpp"
#include "tests/support/scripted_broker.hpp"

#include <cstdint>
#include <functional>
#include <utility>

namespace bkes::test {

class scripted_coordinator {
  public:
    static constexpr std::int64_t producer = 100;
    static constexpr std::int16_t fenced = 90;

    /// `append` puts a marker into the partition; `port` is where it is reached.
    scripted_coordinator(std::function<void(bytes)> append, std::function<std::uint16_t()> port)
        : append_{std::move(append)}, port_{std::move(port)} {}

    reply judge(const protocol::request_view& request) {
        switch (request.header.key) {
            case protocol::find_coordinator_request::schema.key: {
                protocol::find_coordinator_response response;
                response.host = "127.0.0.1";
                response.port = port_();
                return scripted_broker::answer(request, response);
            }
            case protocol::init_producer_id_request::schema.key:
                return init(request);
            case protocol::add_partitions_to_txn_request::schema.key:
                return add(request);
            case protocol::end_txn_request::schema.key:
                return end(request);
            default:
                return describe(request);
        }
    }

    /// What the leader refuses older epochs by.
    [[nodiscard]] std::int16_t fence() const { return fence_; }

    /// Another instance does the same, from the first step to the last.
    void taken_over_by_another() {
        ++epoch_;
        is_open_ = true;
        write_marker();
    }

    int describe_requests = 0;
    /// The leader lost what it knew of the producer.
    bool is_forgotten = false;

  private:
    reply init(const protocol::request_view& request) {
        const auto asked = protocol::decode<protocol::init_producer_id_request>(
            request.body, request.header.version);
        protocol::init_producer_id_response response;
        if (asked->producer_id >= 0 && asked->producer_epoch != epoch_) {
            response.error_code = fenced;
            return scripted_broker::answer(request, response);
        }
        response.producer_id = producer;
        response.producer_epoch = ++epoch_;
        return scripted_broker::answer(request, response);
    }

    reply add(const protocol::request_view& request) {
        const auto asked = protocol::decode<protocol::add_partitions_to_txn_request>(
            request.body, request.header.version);
        protocol::add_partitions_to_txn_response response;
        auto& topic = response.results_by_topic_v3_and_below.emplace_back();
        topic.name = "t";
        auto& partition = topic.results_by_partition.emplace_back();
        partition.partition_error_code =
            asked->v3_and_below_producer_epoch == epoch_ ? std::int16_t{0} : fenced;
        is_open_ = is_open_ || partition.partition_error_code == 0;
        return scripted_broker::answer(request, response);
    }

    reply end(const protocol::request_view& request) {
        const auto asked =
            protocol::decode<protocol::end_txn_request>(request.body, request.header.version);
        protocol::end_txn_response response;
        if (asked->producer_epoch != epoch_) {
            response.error_code = fenced;
        } else if (is_ending_) {
            write_marker();
        } else {
            is_ending_ = true;
        }
        return scripted_broker::answer(request, response);
    }

    reply describe(const protocol::request_view& request) {
        ++describe_requests;
        protocol::describe_producers_response response;
        auto& topic = response.topics.emplace_back();
        topic.name = "t";
        auto& partition = topic.partitions.emplace_back();
        if (fence_ >= 0 && !is_forgotten) {
            auto& known = partition.active_producers.emplace_back();
            known.producer_id = producer;
            known.producer_epoch = fence_;
        }
        return scripted_broker::answer(request, response);
    }

    void write_marker() {
        is_ending_ = false;
        if (!std::exchange(is_open_, false)) {
            return;
        }
        fence_ = epoch_;
        is_forgotten = false;
        bytes batch;
        protocol::batch_builder builder{batch};
        const auto body = protocol::encode_record_body(bytes_view{"\0\0\0\0\0\0", 6}, {});
        builder.add({.timestamp_ms = 1, .key = bytes_view{"\0\0\0\1", 4}, .body = body});
        builder.finish(log_offset{0}, {});
        constexpr std::size_t attributes_at = 22;  // the low byte
        batch[attributes_at] = 0x30;               // transactional, control
        protocol::stamp_batch(batch, {.producer = producer_id{producer},
                                      .epoch = producer_epoch{epoch_},
                                      .base_sequence = sequence_number{-1}});
        append_(std::move(batch));
    }

    std::function<void(bytes)> append_;
    std::function<std::uint16_t()> port_;
    std::int16_t epoch_ = -1;
    std::int16_t fence_ = -1;
    bool is_open_ = false;
    bool is_ending_ = false;
};

}  // namespace bkes::test
