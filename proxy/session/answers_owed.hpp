#pragma once
// Answers owed to one client, in the order of its requests (Kafka answers a connection in order).
//
// An entry waits either for the upstream's next response or for work inside bkes; the front ones
// that are ready leave together. Belongs to one session, used on its thread only. A request without
// an answer (Produce with acks=0) has no entry.

#include "protocol/core/bytes.hpp"
#include "proxy/session/relayed_fetch.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

namespace bkes::proxy {

/// Names an entry for a later `complete`; never used twice in a session.
enum class answer_id : std::uint64_t {};

/// Looks at the upstream's response (frame without its size prefix). It answers the client itself,
/// now or later, with `session::complete`.
using response_handler = std::function<void(answer_id, bytes_view frame)>;

struct owed_answer {
    answer_id id{};
    std::int16_t api_key = 0;
    std::int16_t api_version = 0;
    std::int32_t client_correlation_id = 0;
    bool awaits_upstream = false;
    bool is_ready = false;
    bool needs_upstream = false;   ///< bkes' own work on it goes on only with the broker's help
    bool is_raw = false;           ///< a bare SASL token: no header, no correlation id
    response_handler on_response;  ///< empty: the response is relayed as it is
    /// With `on_response`: how a response is relayed that is too large to wait for as a whole.
    std::unique_ptr<relayed_fetch> when_large;
    /// Of the request, as long as bkes itself works on it.
    std::size_t request_bytes = 0;
    std::size_t held_bytes = 0;  ///< of the upstream's part, which waits for bkes' own
    std::shared_ptr<void> work;  ///< what bkes does for it, for as long as it is owed
    /// The whole answer with size prefix, once ready. Empty: a question of bkes' own, of which the
    /// client hears nothing.
    bytes frame;

    // Of the time that it took, for the metrics (session_counts.hpp).
    using time_point = std::chrono::steady_clock::time_point;
    time_point taken_at{};                     ///< the request was whole
    std::optional<time_point> passed_on_at{};  ///< all that came with it went to the broker
    std::chrono::nanoseconds at_broker{0};     ///< from then until the response was there
};

class answers_owed {
  public:
    static constexpr std::size_t entries_max = 1'000;
    static constexpr std::size_t ready_bytes_max = std::size_t{4} << 20U;

    [[nodiscard]] bool is_full() const { return entries_.size() >= entries_max; }

    [[nodiscard]] bool empty() const { return entries_.empty(); }

    [[nodiscard]] std::size_t size() const { return entries_.size(); }

    answer_id add(owed_answer entry);

    /// The entry that the upstream's next response belongs to.
    [[nodiscard]] owed_answer* first_awaiting_upstream();

    /// True if the upstream's next response may go to the client at once.
    [[nodiscard]] bool is_front(const owed_answer& entry) const {
        return !entries_.empty() && &entries_.front() == &entry;
    }

    [[nodiscard]] owed_answer* find(answer_id id);

    /// bkes' work on the entry takes so many bytes more than its request.
    void count_work(answer_id id, std::size_t count);

    /// So many bytes are kept for the entry until it is ready.
    void hold(answer_id id, std::size_t count);

    /// As long as this is so, the entry can't be answered once the upstream has ended.
    void set_needs_upstream(answer_id id, bool needs);

    /// Marks an entry as ready; false if it is gone.
    bool complete(answer_id id, bytes frame);

    /// All ready entries at the front, which leave the list.
    [[nodiscard]] std::deque<owed_answer> take_ready();

    /// All that is for the upstream has been sent. `now` is only asked for if some of it was:
    /// reading the clock costs more than all that is counted of a request.
    template <class Clock>
    void passed_on(Clock now) {
        std::optional<owed_answer::time_point> time;
        for (auto entry = entries_.rbegin(); entry != entries_.rend() && !entry->passed_on_at;
             ++entry) {
            if (entry->awaits_upstream && !time) {
                time = now();
            }
            entry->passed_on_at = entry->awaits_upstream ? *time : entry->taken_at;
        }
    }

    /// The upstream has ended: what waits for it or needs it is given up, and with it what stands
    /// behind.
    void drop_unanswerable();

    /// The exchange of tokens is over, and the last one gets no answer.
    void drop_unanswered_token();

    void clear();

    /// The front entry has been answered by streaming.
    void pop_front() { entries_.pop_front(); }

    /// Bytes of answers that wait behind an entry which isn't ready.
    [[nodiscard]] std::size_t ready_bytes() const { return ready_bytes_; }

    /// Bytes of upstream responses that wait for bkes' own part of the answer.
    [[nodiscard]] std::size_t held_bytes() const { return held_bytes_; }

    /// Bytes of requests that bkes itself works on.
    [[nodiscard]] std::size_t request_bytes() const { return request_bytes_; }

  private:
    void forget(const owed_answer& dropped);

    std::deque<owed_answer> entries_;
    std::uint64_t next_id_ = 1;
    std::size_t ready_bytes_ = 0;
    std::size_t request_bytes_ = 0;
    std::size_t held_bytes_ = 0;
};

}  // namespace bkes::proxy
