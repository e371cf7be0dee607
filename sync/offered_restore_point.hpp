#pragma once
// The restore point that this instance offers to those that begin (FetchRestorePoint, api key 20004):
//
//   ask -> none? -> store_worker makes one -> offered -> read, read, read -> unused for a minute -> gone
//
// There is one at most, and who asks gets the one that is there, however old: what the log got since is read
// from the log. Its tables are the store's own files, so it costs little but the room of those that the store
// drops meanwhile.
//
// Any thread, unless a function says otherwise.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "store/event_store.hpp"
#include "store/restore_point.hpp"
#include "sync/log/store_worker.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace bkes::sync {

class offered_restore_point {
  public:
    using clock = std::chrono::steady_clock;

    struct options {
        /// Where it stands, beside the store. What an earlier process left there is taken away.
        std::string directory;
        /// It holds events of no other topics, as who may read these may have it.
        std::vector<std::string> topics;
    };

    struct offer {
        uuid id;
        store::restore_point_contents contents;
    };

    /// What is given outlives it; `worker` ends before it.
    offered_restore_point(options settings, store::event_store& store, store_worker& worker);
    offered_restore_point(const offered_restore_point&) = delete;
    offered_restore_point& operator=(const offered_restore_point&) = delete;
    ~offered_restore_point();

    /// What there is, or why there is nothing, in a sentence.
    using outcome = std::expected<std::shared_ptr<const offer>, std::string>;
    using offer_handler = std::move_only_function<void(outcome)>;

    /// Calls `answered` on the thread of `context`, which outlives this object, never inside this call.
    void ask(boost::asio::io_context& context, offer_handler answered);

    enum class refusal : std::uint8_t {
        unknown,       ///< it isn't offered, or not any more
        out_of_range,  ///< it has no such file, or the file no such byte
        unreadable,
    };

    /// A piece of a file, from `position` on: `most` bytes, or up to the end of the file. Reads the disk.
    std::expected<bytes, refusal> read(const uuid& id, std::int32_t file, std::int64_t position,
                                       std::size_t most);

    /// To be called now and then: takes away what nobody has used lately.
    void look_after(clock::time_point now);

  private:
    struct waiter {
        boost::asio::io_context* context;
        offer_handler answered;
    };

    void make();
    outcome try_to_make();

    const options settings_;
    store::event_store& store_;
    store_worker& worker_;
    std::mutex mutex_;
    // Under mutex_:
    std::shared_ptr<const offer> offered_;
    clock::time_point used_at_;
    std::vector<waiter> waiting_;
    bool is_being_made_ = false;
};

}  // namespace bkes::sync
