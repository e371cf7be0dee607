#pragma once
// Before there is a store: fetches the restore point that another instance of the group offers
// (sync/offered_restore_point.hpp), which is sooner there than what is read from the topics. One thread, which
// it blocks for as long as that takes.

#include "store/event_store.hpp"
#include "store/restore_point.hpp"
#include "sync/types/cluster_access.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace bkes::sync {

struct peer_restore_options {
    cluster_access access;  ///< as whom it logs in at brokers and instances
    std::string group_id;
    store::store_options into;
    /// Told of bytes several times a second, from the first to the last.
    std::function<void(std::uint64_t done, std::uint64_t all)> progress = [](std::uint64_t,
                                                                             std::uint64_t) {};
};

struct peer_restore_report {
    std::string address;  ///< HOST:PORT of the instance
    store::restore_report restored;
    std::chrono::milliseconds took{};
};

/// Asks the instances one after the other. Empty: none gave one, for reasons that stand in the log, and
/// nothing is left of what was begun; then the topics are to be read.
std::optional<peer_restore_report> restore_from_peer(const peer_restore_options& options);

}  // namespace bkes::sync
