#pragma once
// Reads one partition of the log exactly: raw Fetch over a connection of its own, so that batch
// headers, control records and leader epochs can be seen (librdkafka hides them). For the tail.
//
// Belongs to one io_context's thread; one call at a time. Reads committed records only.

#include "protocol/core/ids.hpp"
#include "protocol/core/result.hpp"
#include "protocol/messages/fetch.hpp"
#include "sync/broker/cluster_view.hpp"
#include "sync/broker/leader_link.hpp"
#include "sync/log/fetched_log.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace bkes::sync {

/// The log was cut: the leader's log of `epoch` ends at `end`, below what was asked for.
struct divergence {
    leader_epoch epoch;
    log_offset end;
};

/// Valid during the callback.
struct fetched_partition {
    std::int16_t error_code = 0;  ///< Kafka's; with one, nothing else is set
    fetched_log log;
    log_offset high_watermark{-1};
    log_offset last_stable{-1};  ///< below the high watermark: a transaction is open
    log_offset log_start{-1};
    std::optional<divergence> diverging;
};

struct log_bounds {
    log_offset start;
    log_offset end;
};

class log_reader : public std::enable_shared_from_this<log_reader> {
  public:
    struct options {
        std::string topic;
        partition_id partition;
        std::string client_id;
        std::chrono::milliseconds keep_alive{0};  ///< as broker_link_options, like the next
        std::shared_ptr<link_security> security{};
        /// What one answer brings is stored in one go on the partition's thread: some milliseconds.
        std::int32_t fetch_bytes_max = 1 << 20;
        std::size_t expanded_bytes_max = std::size_t{512} << 20U;  ///< of one batch
    };

    struct position {
        uuid topic_id;  ///< zero: not known
        log_offset next_offset;
        leader_epoch epoch = unknown_leader_epoch;  ///< of the record before; finds truncation
    };

    using fetch_handler = std::move_only_function<void(result<fetched_partition>)>;
    using bounds_handler = std::move_only_function<void(result<log_bounds>)>;

    log_reader(boost::asio::io_context& context, cluster_view& view, options settings);

    /// What follows the position; waits up to `max_wait` if that is nothing. Another topic of the
    /// same name gives an error (brokers since 3.1).
    void fetch(position from, std::chrono::milliseconds max_wait, fetch_handler done);

    /// First and next offset of the log as it is now.
    void find_bounds(bounds_handler done);

    /// Closes the connection; a call under way fails. The next call connects to the leader of then.
    void drop_link() { link_->drop(); }

    [[nodiscard]] bool is_elsewhere() const { return link_->is_elsewhere(); }

  private:
    void send_fetch(broker_link& link, position from, std::chrono::milliseconds max_wait,
                    fetch_handler done);
    void ask_offset(std::int64_t timestamp, std::move_only_function<void(result<log_offset>)> done);
    void fetch_later(std::chrono::milliseconds pause, position from,
                     std::chrono::milliseconds max_wait, fetch_handler done);
    result<fetched_partition> read(const protocol::fetch_response& response) const;

    options settings_;
    std::shared_ptr<leader_link> link_;
    boost::asio::steady_timer throttled_;
    bool was_throttled_ = false;
};

}  // namespace bkes::sync
