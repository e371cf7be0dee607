#pragma once
// The appends of one partition between their arrival and their answer: the clients' bytes, and
// where each answer goes. Belongs to the partition's thread.

#include "protocol/core/ids.hpp"
#include "store/event_store.hpp"
#include "sync/append/client_batch.hpp"
#include "sync/event/event_decoder.hpp"
#include "sync/sequencer/append_types.hpp"
#include "sync/types/append_job.hpp"
#include "sync/types/partition_counts.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace bkes::sync {

/// The way back to the client. Moved out when it is answered.
struct append_reply {
    std::string client;
    std::weak_ptr<const void> session;
    bool session_can_go = false;
    boost::asio::io_context* answer_on = nullptr;
    std::move_only_function<void(append_answer)> done;
    /// When it came; empty: it is counted where it came to first.
    std::optional<std::chrono::steady_clock::time_point> taken_at{};
    // As in its append_job, for whom it may be given to yet.
    std::chrono::steady_clock::time_point deadline{};
    bool is_redirected = false;
    bool is_forwarded = false;

    [[nodiscard]] bool is_gone() const { return session_can_go && session.expired(); }
};

struct unanswered_append {
    std::unique_ptr<client_batch> batch;  ///< nullptr: it joined another append
    append_reply reply;
    /// Told by the broker with the batch; go into the answer.
    std::int64_t log_append_time_ms = -1;
    log_offset log_start{-1};
    std::string broker_message;
    /// What the partition said to which it was redirected.
    std::unique_ptr<append_answer> from_home;
};

/// Answers of one turn, handed to each client thread at once: a post costs more than an answer.
class answer_outbox {
  public:
    /// What leaves is counted there.
    explicit answer_outbox(partition_counts& counts) : counts_{counts} {}

    void add(append_reply reply, append_answer answer);
    void flush();

  private:
    struct addressed_answer {
        append_reply reply;
        append_answer answer;
    };

    partition_counts& counts_;
    std::vector<std::pair<boost::asio::io_context*, std::vector<addressed_answer>>> by_context_;
};

class pending_appends {
  public:
    /// Takes the append in and returns its id.
    append_id add(std::unique_ptr<client_batch> batch, append_reply reply);
    /// nullptr if it was released.
    [[nodiscard]] unanswered_append* find(append_id id);

    void release(append_id id) { appends_.erase(id); }

    /// Only its answer is waited for any more.
    void drop_batch(append_id id);

    /// Appends whose client is gone.
    [[nodiscard]] std::vector<append_id> gone() const;

    [[nodiscard]] bool empty() const { return appends_.empty(); }

    struct encoded_batch {
        bytes encoded;
        std::int32_t record_count = 0;
    };

    /// The records of these appends as one batch, not stamped. A single one goes as it came.
    encoded_batch encode(std::span<const append_id> ids);

    /// The same records as events for the store, the first at `base_offset`. A log append time
    /// other than -1 replaces the records' own times.
    void append_events(std::span<const append_id> ids, log_offset base_offset,
                       std::int64_t log_append_time_ms, std::vector<store::new_event>& events);

  private:
    std::unordered_map<append_id, unanswered_append> appends_;
    std::uint64_t next_id_ = 1;
};

}  // namespace bkes::sync
