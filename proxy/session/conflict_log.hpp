#pragma once
// The conflicts of this instance as they happen, for people who watch: the last ones are remembered,
// and who listens is woken. They are of appends that came to this instance, by whom they were judged
// makes no difference.
//
// Any thread. Where nobody can watch (http.read=false) it remembers nothing and takes no lock.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace bkes::proxy {

struct seen_conflict {
    std::uint64_t number = 0;  ///< rising from 1 while the process lives
    std::int64_t time_ms = 0;  ///< since 1970
    std::string topic;
    bytes key;
    partition_id partition;            ///< that the client named
    event_order expected{0};           ///< the aggregate's next order
    std::optional<event_order> got{};  ///< empty: `exists`, of a key never seen
    std::string client_id{};           ///< a client's bytes
};

class conflict_log {
  public:
    static constexpr std::size_t remembered_max = 100;

    explicit conflict_log(bool is_watched) : is_watched_{is_watched} {}

    [[nodiscard]] bool is_watched() const { return is_watched_; }

    /// Numbers it.
    void add(seen_conflict conflict);

    /// Those remembered with higher numbers.
    [[nodiscard]] std::vector<seen_conflict> after(std::uint64_t number) const;

    /// `more` runs on `context` when there are new ones, until the result is dropped, which is for
    /// that context's thread to do.
    [[nodiscard]] std::shared_ptr<void> listen(boost::asio::io_context& context,
                                               std::function<void()> more);

  private:
    struct listener {
        boost::asio::io_context& context;
        std::function<void()> more;
    };

    const bool is_watched_;
    mutable std::mutex mutex_;  ///< guards what follows
    std::uint64_t newest_ = 0;
    std::deque<seen_conflict> remembered_;
    std::vector<std::weak_ptr<listener>> listeners_;
};

}  // namespace bkes::proxy
