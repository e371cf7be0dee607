#pragma once
// Reads that wait until their topic, or one partition of it, may be read: caught up, and ownership
// proved. Any thread.
//
// As many may wait as there are clients, so the question is asked once for each of these places.

#include "sync/types/read_types.hpp"
#include "sync/types/wait_ticket.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bkes::sync {

class readable_watch : public std::enable_shared_from_this<readable_watch> {
  public:
    /// Empty: not yet. `began`: the latest that waits. Called from any thread, and must not wait.
    using question = std::function<std::optional<read_grant>(
        bytes_view topic, std::optional<partition_id> partition, read_moment began)>;

    explicit readable_watch(question is_readable) : is_readable_{std::move(is_readable)} {}

    /// For a read that began then. `done` runs on `context`, not inside, once, if the ticket is
    /// still held then. To be held and dropped on that context's thread.
    wait_ticket wait(bytes_view topic, std::optional<partition_id> partition, read_moment began,
                     std::chrono::steady_clock::time_point deadline,
                     boost::asio::io_context& context, wait_callback done);

    /// Something changed that the answers may depend on.
    void changed();

  private:
    class waiter;

    struct entry {
        boost::asio::io_context* context;
        std::weak_ptr<waiter> who;
        read_moment began;
    };

    using waiters = std::vector<entry>;
    using place = std::pair<std::string, std::optional<partition_id>>;

    static void tell(const waiters& decided, wait_result result);

    question is_readable_;
    std::mutex mutex_;
    std::map<place, waiters> waiters_;  ///< under mutex_
};

}  // namespace bkes::sync
