#pragma once
// `bkes sync`: keeps a store up with its topics without serving anybody.

#include "store/event_store.hpp"
#include "sync/stored_topics.hpp"
#include "sync/types/start_problem.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace bkes::sync {

enum class sync_until : std::uint8_t {
    caught_up,  ///< ends when the store holds what the log held
    stopped,    ///< goes on until `should_stop` says so
};

/// Told of the topics when they are followed; what it returns is held for as long as they may be
/// used.
using topics_observer = std::function<std::shared_ptr<void>(stored_topics&)>;

/// Blocks; the store is flushed at the end. `should_stop` is asked every 50 ms on this thread, for
/// signals and time limits. The options' role doesn't matter: it never appends.
started<void> sync_store(guarded_topics_options options, store::event_store& store,
                         sync_until until, const std::function<bool()>& should_stop,
                         const topics_observer& followed = {});

}  // namespace bkes::sync
