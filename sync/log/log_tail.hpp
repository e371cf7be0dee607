#pragma once
// Keeps the store up with one partition's log: catches up after a start, fills gaps when an answer
// shows that others wrote, and polls for foreign records while nothing is appended.
//
//   start -> fetch after fetch from the store's position -> caught up -> idle: long poll
//            (cut? began later? then back to what agrees)            -> gap: `want`
//
// Belongs to the partition's thread. The position is the partition_index's; the appender moves it
// too, so what a fetch brings twice is skipped.

#include "protocol/core/ids.hpp"
#include "store/event_store.hpp"
#include "sync/event/event_decoder.hpp"
#include "sync/log/log_reader.hpp"
#include "sync/log/partition_index.hpp"
#include "sync/log/store_worker.hpp"
#include "sync/types/rebuild_counts.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bkes::sync {

/// What the tail tells its partition_log; called on its thread, never inside a call of it.
class tail_events {
  public:
    /// These batches follow the position and are about to be stored (from the position on).
    virtual void about_to_store(const fetched_log& log) = 0;
    /// What is in the store isn't what the log has: it is read again, `log_cut` says from where on.
    virtual void goes_back(rebuild_cause cause) = 0;
    /// The log ends at `end`, and so does the store now; `stored` follows.
    virtual void log_cut(log_offset end) = 0;
    /// The position moved.
    virtual void stored() = 0;
    /// is_caught_up or is_undecided changed.
    virtual void tail_changed() = 0;

  protected:
    ~tail_events() = default;
};

class log_tail : public std::enable_shared_from_this<log_tail> {
  public:
    struct options {
        std::string topic;
        partition_id partition;
        std::string client_id;
        std::chrono::milliseconds keep_alive{0};  ///< as broker_link_options, like the next
        std::shared_ptr<link_security> security{};
    };

    /// `worker` is where the front and the end of the log are taken from the store.
    log_tail(boost::asio::io_context& context, store_worker& worker, cluster_view& view,
             partition_index& index, const event_decoder& decoder, tail_events& events,
             options settings);

    void start();
    void stop();

    /// The log reaches to `until`: read up to there now.
    void want(log_offset until);

    /// Read now what the log holds as of now.
    void read_to_end();

    /// The appender moved the position by itself: nothing needs to be polled now.
    void appended(std::chrono::steady_clock::time_point now) { last_moved_ = now; }

    /// Call it some times a second.
    void tick(std::chrono::steady_clock::time_point now);

    /// The store holds what the log held, and nothing has been found wrong since.
    [[nodiscard]] bool is_caught_up() const { return is_caught_up_; }

    /// Another application's transaction is open: what is behind it has no order yet.
    [[nodiscard]] bool is_undecided() const { return is_undecided_; }

    /// Caught up, and nothing is known to be missing.
    [[nodiscard]] bool is_quiet() const { return !is_wanted() && failures_ == 0; }

    /// End of the log as last seen; any thread.
    [[nodiscard]] log_offset end_seen() const {
        return log_offset{end_seen_.load(std::memory_order_relaxed)};
    }

    [[nodiscard]] log_offset log_start() const { return log_start_; }

  private:
    [[nodiscard]] bool is_wanted() const;
    void read_now(std::chrono::milliseconds max_wait);
    void fetched(result<fetched_partition> answer);
    void refused(std::int16_t error_code);
    void take(fetched_log log);
    result<void> store_log(const fetched_log& log);
    void take_soon(fetched_log log);
    void note_busy_end();
    void look_at_bounds(const fetched_partition& partition);
    void set_undecided(bool is_undecided);
    void go_on(bool was_empty);
    void retry_later(std::error_code reason);
    void set_caught_up(bool is_caught_up);
    void store_failed(std::error_code error);

    // ---- log_tail_way_back.cpp
    void cut(const divergence& where);
    void find_way_back();
    void begin_again(const char* reason);
    void go_back_to(const store::log_position& position,
                    result<void> (*take_away)(partition_index&, const store::log_position&));
    void drop_front();

    boost::asio::io_context& context_;
    store_worker& worker_;
    partition_index& index_;
    const event_decoder& decoder_;
    tail_events& events_;
    options settings_;
    std::shared_ptr<log_reader> reader_;
    boost::asio::steady_timer busy_pause_;
    std::optional<std::chrono::steady_clock::time_point> busy_since_;
    std::chrono::milliseconds quiet_wait_;  ///< of the next question, if nothing is known to come
    std::chrono::steady_clock::time_point last_moved_;
    std::chrono::steady_clock::time_point not_before_;
    std::chrono::steady_clock::time_point drop_not_before_;
    log_offset wanted_{0};
    log_offset high_watermark_{0};
    log_offset last_stable_{0};
    log_offset log_start_{0};   ///< as last seen
    log_offset dropped_to_{0};  ///< what the store has dropped
    std::atomic<std::int64_t> end_seen_{0};
    std::vector<store::new_event> events_buffer_;
    bool is_reading_ = false;  ///< or waits for the store
    bool is_dropping_ = false;
    bool is_stopped_ = false;
    bool is_caught_up_ = false;
    bool is_undecided_ = false;
    bool is_end_wanted_ = false;
    bool is_end_asked_ = false;  ///< the read under way began after `read_to_end`
    int failures_ = 0;
};

}  // namespace bkes::sync
