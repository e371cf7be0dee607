#include "sync/log/fetched_log.hpp"

#include "protocol/batch/batch_sequence.hpp"
#include "protocol/batch/control_record.hpp"
#include "protocol/batch/message_set.hpp"
#include "protocol/errors.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace bkes::sync {

namespace {

/// The broker names each aborted transaction with its first offset; it reaches to its producer's
/// next abort marker (Kafka: CompletedFetch.java).
class abort_filter {
  public:
    explicit abort_filter(std::span<const aborted_transaction> aborted)
        : waiting_{aborted.begin(), aborted.end()} {
        std::ranges::sort(waiting_, {}, &aborted_transaction::first_offset);
    }

    bool is_aborted(const protocol::batch_header& header) {
        while (next_ < waiting_.size() && waiting_[next_].first_offset <= header.last_offset()) {
            open_.insert(waiting_[next_++].producer);
        }
        return header.is_transactional() && open_.contains(header.producer);
    }

    void control_seen(const protocol::decoded_batch& batch) {
        if (batch.records.empty()) {
            return;
        }
        const auto control = protocol::decode_control_record(batch.records.front());
        if (control && control->type == protocol::control_type::abort) {
            open_.erase(batch.header.producer);
        }
    }

  private:
    std::vector<aborted_transaction> waiting_;
    std::size_t next_ = 0;
    std::unordered_set<producer_id> open_;
};

result<protocol::decoded_batch> decode_checked(bytes_view batch, std::size_t expanded_bytes_max) {
    const bool is_old = protocol::batch_magic(batch) < 2;
    if (is_old ? !protocol::message_crc_is_right(batch) : !protocol::batch_crc_is_right(batch)) {
        return failure{make_error_code(protocol::protocol_errc::bad_crc)};
    }
    return protocol::decode_batch_of_any_magic(batch, expanded_bytes_max);
}

}  // namespace

result<fetched_log> read_fetched_log(bytes_view records,
                                     std::span<const aborted_transaction> aborted,
                                     std::size_t expanded_bytes_max) {
    fetched_log log;
    abort_filter filter{aborted};
    protocol::batch_sequence batches{records};
    while (const auto batch = batches.next()) {
        auto decoded = decode_checked(*batch, expanded_bytes_max);
        if (!decoded) {
            return failure{decoded.error()};
        }
        const auto& header = decoded->header;
        log.next_offset = header.last_offset() + 1;
        log.last_epoch = header.partition_leader_epoch;
        const bool is_aborted = filter.is_aborted(header);
        fetched_batch fetched;
        if (header.is_control()) {
            filter.control_seen(*decoded);
        }
        fetched.counts = !header.is_control() && !is_aborted;
        fetched.content = std::move(*decoded);
        log.batches.push_back(std::move(fetched));
    }
    if (batches.failed()) {
        return failure{make_error_code(protocol::protocol_errc::malformed)};
    }
    return log;
}

void append_events(const protocol::decoded_batch& batch, log_offset from,
                   const event_decoder& decoder, std::vector<store::new_event>& events) {
    for (const auto& record : batch.records) {
        const auto offset = batch.offset_of(record);
        if (offset < from || !record.key) {
            continue;
        }
        events.push_back({.offset = offset,
                          .timestamp_ms = batch.timestamp_ms_of(record),
                          .timestamp_from = batch.header.has_log_append_time()
                                                ? store::timestamp_type::log_append_time
                                                : store::timestamp_type::create_time,
                          .key = *record.key,
                          .declared_order = decoder.declared_order(record.encoded_headers),
                          .body = record.body});
    }
}

}  // namespace bkes::sync
