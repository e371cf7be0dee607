#pragma once
// Reader of the log on librdkafka, for `verify`: it shares no code with log_reader, so a mistake in
// how one of them reads the log shows as a difference. Reads committed records only, commits
// nothing, and keeps its memory bounded whatever the log's size.
//
// Thread-safe; one thread of its own, on which the jobs' functions run. librdkafka is known to
// this room alone.

#include "protocol/core/ids.hpp"
#include "protocol/core/result.hpp"
#include "store/event_store.hpp"
#include "sync/event/event_decoder.hpp"
#include "sync/types/cluster_access.hpp"
#include "sync/types/start_problem.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace bkes::sync {

/// Read one partition from `from` until everything below `until` has been given to `take`.
struct reading_job {
    std::string topic;
    partition_id partition;
    log_offset from;
    log_offset until;
    /// Events in the order of the log, and the offset behind them; the views are valid during the
    /// call. There may be none: the offsets were control records. An error ends the job.
    std::function<result<void>(std::span<const store::new_event>, log_offset next_offset)> take;
    /// Called once: how far it got, or why not.
    std::move_only_function<void(started<log_offset>)> done;
};

class topic_reader {
  public:
    struct options {
        cluster_access access;
        std::size_t queue_bytes_max = std::size_t{32} << 20U;  ///< of each partition under way
    };

    /// The decoder outlives it.
    topic_reader(options settings, const event_decoder& decoder);
    topic_reader(const topic_reader&) = delete;
    topic_reader& operator=(const topic_reader&) = delete;
    /// Ends; the jobs under way are not finished, their `done` is not called.
    ~topic_reader();

    void read(reading_job job);

  private:
    class worker;
    std::unique_ptr<worker> worker_;
};

}  // namespace bkes::sync
