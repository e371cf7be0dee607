#pragma once
// A run of events of one aggregate as a record batch: what a Fetch from a key topic and FetchByKey
// carry. Base offset = order; producer id, epoch and sequence -1; not transactional; fresh CRC.

#include "protocol/batch/record_batch.hpp"
#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "store/event_store.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace bkes::proxy {

/// Bytes of the records of one answer, whatever the client asks for.
inline constexpr std::size_t answer_bytes_max = std::size_t{8} << 20U;

/// A client's limit, as far as it is kept.
[[nodiscard]] inline std::size_t size_asked(std::int32_t bytes) {
    return std::min(answer_bytes_max, static_cast<std::size_t>(std::max(0, bytes)));
}

/// Filled event by event, in one go or in several.
class aggregate_slice {
  public:
    aggregate_slice() = default;
    aggregate_slice(const aggregate_slice&) = delete;
    aggregate_slice& operator=(const aggregate_slice&) = delete;

    static constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

    /// What an event adds to the records, at the most.
    [[nodiscard]] static std::size_t size_max(bytes_view key, const store::stored_event& event,
                                              bool is_same_batch);

    /// Whether two events that follow each other stand in one batch.
    [[nodiscard]] static bool share_batch(store::timestamp_type one_from, std::int64_t one_ms,
                                          store::timestamp_type other_from, std::int64_t other_ms);

    /// False if the event is left out, and with it all behind: it doesn't follow the last one, or
    /// would make the records longer than `bytes_max`. The first one always fits.
    bool add(bytes_view key, const store::stored_event& event, std::size_t bytes_max);

    /// The order after the last event; none if there is no event.
    [[nodiscard]] std::optional<event_order> next() const { return next_; }

    /// Nothing is added any more.
    void finish();

    /// As new.
    void clear();

    /// In place of adding events: what another instance made of them.
    void adopt(bytes_view records, std::vector<std::int64_t> log_offsets);

    /// Nothing if there is no event, else one batch; but several if the events' times are those of
    /// brokers (LogAppendTime), as such a batch has one time for all. After `finish`.
    [[nodiscard]] bytes_view records() const { return records_; }

    /// The offset in the log of each event.
    [[nodiscard]] const std::vector<std::int64_t>& log_offsets() const { return log_offsets_; }

  private:
    void begin_batch(const store::stored_event& event);
    void finish_batch();

    bytes records_;
    std::optional<protocol::batch_builder> batch_;
    std::vector<std::int64_t> log_offsets_;
    event_order first_{0};                                                       ///< of the batch
    store::timestamp_type timestamp_from_ = store::timestamp_type::create_time;  ///< in the batch
    std::int64_t timestamp_ms_ = 0;  ///< of the batch's last event
    std::optional<event_order> next_;
};

}  // namespace bkes::proxy
