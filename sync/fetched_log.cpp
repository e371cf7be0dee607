#include "sync/fetched_log.hpp"

#include "protocol/errors.hpp"
#include "protocol/wire/reader.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace bkes::sync {

namespace {

constexpr std::size_t batch_prefix_size = 12;  ///< base offset and length
constexpr std::int16_t abort_marker = 0;

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
        if (batch.records.empty() || !batch.records.front().key) {
            return;
        }
        protocol::reader key{*batch.records.front().key};
        key.i16();  // version
        if (key.i16() == abort_marker && !key.failed()) {
            open_.erase(batch.header.producer);
        }
    }

  private:
    std::vector<aborted_transaction> waiting_;
    std::size_t next_ = 0;
    std::unordered_set<producer_id> open_;
};

/// Size of the batch that begins there; 0 if it isn't whole.
std::size_t whole_batch_size(bytes_view data) {
    if (data.size() < batch_prefix_size) {
        return 0;
    }
    protocol::reader head{data};
    head.i64();
    const auto length = head.i32();
    if (length < 0 || static_cast<std::size_t>(length) > head.left()) {
        return 0;
    }
    return batch_prefix_size + static_cast<std::size_t>(length);
}

}  // namespace

result<fetched_log> read_fetched_log(bytes_view records,
                                     std::span<const aborted_transaction> aborted,
                                     std::size_t expanded_bytes_max) {
    fetched_log log;
    abort_filter filter{aborted};
    while (const auto size = whole_batch_size(records)) {
        const auto batch = records.substr(0, size);
        records.remove_prefix(size);
        const auto header = protocol::decode_batch_header(batch);
        if (!header) {
            return failure{header.error()};
        }
        if (!protocol::batch_crc_is_right(batch)) {
            return failure{make_error_code(protocol::protocol_errc::bad_crc)};
        }
        fetched_batch fetched;
        fetched.content.header = *header;
        const bool is_aborted = filter.is_aborted(*header);
        if (header->is_control() || !is_aborted) {
            auto decoded = protocol::decode_batch(batch, expanded_bytes_max);
            if (!decoded) {
                return failure{decoded.error()};
            }
            if (header->is_control()) {
                filter.control_seen(*decoded);
            } else {
                fetched.content = std::move(*decoded);
                fetched.counts = true;
            }
        }
        log.next_offset = header->last_offset() + 1;
        log.last_epoch = header->partition_leader_epoch;
        log.batches.push_back(std::move(fetched));
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
                          .key = *record.key,
                          .declared_order = decoder.declared_order(record.encoded_headers),
                          .body = record.body});
    }
}

}  // namespace bkes::sync
