#pragma once
// The other instances of the group, for a partition whose ownership is shared (contract section 8).
// Null where all partitions are this instance's own.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "sync/types/append_job.hpp"
#include "sync/types/log_reach.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <optional>

namespace bkes::sync {

class peers {
  public:
    peers() = default;
    peers(const peers&) = delete;
    peers& operator=(const peers&) = delete;
    virtual ~peers() = default;

    /// Gives the append to the owner of its partition, or keeps it until there is one. On the
    /// partition's thread, which `context` runs on.
    virtual void forward(boost::asio::io_context& context, bytes_view topic, partition_id partition,
                         append_job job) = 0;

    /// The partition is about to become ours: what is kept for its owner comes to it by `append`.
    virtual void ours(boost::asio::io_context& context, bytes_view topic,
                      partition_id partition) = 0;

    /// Asks the owner how far the log is, at a moment after this call and while it is the owner.
    /// `done` runs once, on `context`, not inside; empty: nobody said so.
    virtual void ask_position(boost::asio::io_context& context, bytes_view topic,
                              partition_id partition, reach_handler done) = 0;

    /// Some instance has it, as the group says. Any thread.
    [[nodiscard]] virtual bool has_owner(bytes_view topic, partition_id partition) const = 0;

    /// Where a key that was never seen gets its first event; empty: that isn't agreed yet, and
    /// no gate of the topic is open. Any thread.
    [[nodiscard]] virtual std::optional<partition_id> home_of_new_key(bytes_view topic,
                                                                      bytes_view key) const = 0;
};

}  // namespace bkes::sync
