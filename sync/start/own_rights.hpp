#pragma once
// Which rights bkes' own principal lacks at the brokers, asked without changing anything there.

#include "sync/types/cluster_access.hpp"
#include "sync/types/options.hpp"
#include "sync/types/start_problem.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace bkes::sync {

struct missing_right {
    enum class weight : std::uint8_t {
        needed,  ///< nothing is guarded without it
        wished,  ///< without it bkes has to assume what it can't ask for
    };

    std::string resource;   ///< as kafka-acls.sh names it: `--topic bkes`
    std::string operation;  ///< `Write`
    weight counts = weight::needed;

    friend bool operator==(const missing_right&, const missing_right&) = default;
};

/// In the order of `topics`; the cluster's last. A router takes nothing over. Brokers too old to say (before Kafka 2.3) lack
/// nothing here. A topic that isn't there is not this question's.
started<std::vector<missing_right>> find_missing_rights(const cluster_access& access,
                                                        const std::vector<std::string>& topics,
                                                        topics_role role,
                                                        std::chrono::milliseconds timeout);

}  // namespace bkes::sync
