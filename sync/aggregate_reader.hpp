#pragma once
// The one way to read by key. A read is one act: it looks at the aggregate as it is at one moment
// and proves that this instance may answer for it at that moment, so no answer is stale (contract
// section 8). What another instance owns is read from this one's own store, when that has all that the
// owner had at a moment after the read began; that is when its request came, however often it is
// tried. It is asked again for each aggregate: a proof that a request began with may be too
// old when its last key is read, and topics become readable one by one.
//
// Any thread, unless a function says otherwise. Reads may wait for the disk, but not for writes;
// `list_keys` does wait for them.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/core/result.hpp"
#include "store/event_store.hpp"
#include "sync/types/read_types.hpp"
#include "sync/types/wait_ticket.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace bkes::sync {

class key_watch;
class read_proof;
class readable_watch;

class aggregate_reader {
  public:
    /// `hold`: how long a read may wait for a proof alone. All that is given outlives it.
    aggregate_reader(store::event_store& store, const read_proof& proof, key_watch& grown,
                     std::chrono::milliseconds hold);
    aggregate_reader(const aggregate_reader&) = delete;
    aggregate_reader& operator=(const aggregate_reader&) = delete;
    ~aggregate_reader();

    /// `start` and `visit` as in event_store::read_aggregate; `start` is only called when the read
    /// may be answered. Refused: nothing of what they saw may be told.
    read_result<void> read(read_moment began, bytes_view topic, bytes_view key,
                           const store::head_visitor& start, const store::event_visitor& visit,
                           store::read_direction direction = store::read_direction::ascending);

    /// A page of the topic's keys, as event_store::list_keys gives it. Not on a thread that others
    /// wait for.
    read_result<std::vector<store::listed_key>> list_keys(read_moment began, bytes_view topic,
                                                          bytes_view prefix,
                                                          std::optional<bytes_view> after,
                                                          std::size_t limit, std::size_t bytes_max);

    /// After a refusal with not_ready, of that partition: waits until it may be read, but not
    /// longer than `deadline`, or `hold` if only a proof is missing. `done` runs on `context`, not
    /// inside, once, if the ticket is still held then.
    wait_ticket when_readable(read_moment began, bytes_view topic,
                              std::optional<partition_id> partition,
                              std::chrono::steady_clock::time_point deadline,
                              boost::asio::io_context& context, wait_callback done);

    /// True if `when_readable` is a matter of a round trip.
    [[nodiscard]] bool is_near(bytes_view topic, std::optional<partition_id> partition) const;

    /// Waits until the aggregate's next order is at least `min_next_order`; as `key_watch::wait`.
    wait_ticket when_order_reached(bytes_view topic, bytes_view key, event_order min_next_order,
                                   boost::asio::io_context& context,
                                   std::move_only_function<void()> reached);

    /// Something changed on which a proof may depend.
    void readable_changed();

  private:
    [[nodiscard]] result<std::optional<partition_id>> find_home(bytes_view topic,
                                                                bytes_view key) const;

    store::event_store& store_;
    const read_proof& proof_;
    key_watch& grown_;
    std::chrono::milliseconds hold_;
    std::shared_ptr<readable_watch> readable_;
};

}  // namespace bkes::sync
