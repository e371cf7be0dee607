#pragma once
// `bkes verify`: the store against the log, event by event and byte for byte.
//
// Reads the topic from its start with librdkafka, counts each aggregate anew, and looks up every
// event in the store. What the store hasn't read yet is not a difference. Blocking.

#include "store/event_store.hpp"
#include "sync/types/start_problem.hpp"
#include "sync/types/verify_report.hpp"

#include <cstdint>
#include <functional>

namespace bkes::sync {

/// `progress(offsets_done, offsets_all)` is called now and then.
started<verify_report> verify_topic(
    const verify_options& options, store::event_store& store,
    const std::function<void(std::uint64_t, std::uint64_t)>& progress);

}  // namespace bkes::sync
