#pragma once
// What an instance is told about the topics it guards. Set before the start, unchanged after it.

#include "protocol/core/bytes.hpp"
#include "sync/types/cluster_access.hpp"
#include "sync/types/partitioner.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bkes::sync {

enum class topics_role : std::uint8_t {
    owner,   ///< appends and follows
    reader,  ///< only keeps the store up with the log; any number may run (`bkes sync`)
    router,  ///< has no store, and gives everything to the owners
};

/// What becomes of an append that names another partition than its key's home (contract section 3).
enum class misplaced_append : std::uint8_t {
    redirect,  ///< it is judged and written at the home
    refuse,
};

/// With whom the partitions are shared (contract section 8).
struct sharing_options {
    std::string group_id{};  ///< empty: with nobody
    /// Where the other instances reach this one.
    std::string advertised_host{};
    std::uint16_t advertised_port = 0;
    std::chrono::milliseconds session_timeout{6000};
    /// Beside the store: where a restore point stands that others read (sync/offered_restore_point.hpp).
    std::string offered_directory{};
    /// Of a key that was never seen.
    partitioner new_keys = partitioner::murmur2;
};

struct guarded_topics_options {
    topics_role role = topics_role::owner;
    cluster_access access;
    std::vector<std::string> topics;
    std::string order_header = "order";
    bool order_required = false;
    std::string event_id_header;  ///< empty: off
    misplaced_append misplaced = misplaced_append::redirect;
    std::chrono::milliseconds hold_ms{5000};
    std::chrono::milliseconds lease{1000};  ///< how old a proof of ownership may be
    /// After so long a broker forgets a silent producer. `start` asks the brokers.
    std::chrono::milliseconds producer_expiry = std::chrono::hours{24};
    /// After so long without a request a connection to a broker sends one (0: never). `start` asks
    /// the brokers.
    std::chrono::milliseconds keep_alive{0};
    std::size_t batch_bytes_max = std::size_t{16} << 20U;
    sharing_options sharing{};
    /// If given, it is told how far the stores are, all topics together, several times a second and
    /// instead of lines in the log: offsets that they hold, and that the logs have. Equal: all have
    /// caught up. On the first context's thread.
    std::function<void(std::int64_t held, std::int64_t all)> catching_up{};
    /// True for names that belong to virtual topics: a real topic of such a name could not be
    /// reached, and stops the start.
    std::function<bool(bytes_view)> is_virtual_name = [](bytes_view) { return false; };
};

}  // namespace bkes::sync
