#pragma once
// Whether an instance serves, and if not, why: what /readyz says (contract, section 12).

#include "protocol/core/ids.hpp"
#include "sync/types/status.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bkes::proxy {

/// Of the process as a whole.
enum class service_phase : std::uint8_t {
    starting,  ///< no broker was found yet, or none that lets bkes in
    serving,
    draining,  ///< was told to end
};

struct seen_partition {
    std::string_view topic;
    partition_id partition;
    sync::partition_status status;
};

/// The word for it: `catching_up`.
std::string_view name_of(sync::partition_state state);
std::string_view name_of(service_phase phase);

/// Whether the instance is ready.
bool serves_all(service_phase phase, std::span<const seen_partition> partitions);

struct readiness {
    bool is_ready = false;
    std::string json{};  ///< {"ready":false,"reasons":[{"reason":"catching_up","topic":...}]}
};

/// Of all partitions that are guarded.
readiness judge_readiness(service_phase phase, std::span<const seen_partition> partitions,
                          std::chrono::steady_clock::time_point now);

}  // namespace bkes::proxy
