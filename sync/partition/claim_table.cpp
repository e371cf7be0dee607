#include "sync/partition/claim_table.hpp"

#include <algorithm>
#include <utility>

namespace bkes::sync {

key_claims::claim_result claim_table::claim(partition_id claimant, bytes_view key) {
    const std::lock_guard lock{mutex_};
    const auto [place, is_new] = claims_.try_emplace(bytes{key});
    auto& claimed = place->second;
    if (is_new) {
        claimed.holder = claimant;
    }
    if (claimed.holder == claimant) {
        return key_claims::claim_result::granted;
    }
    if (std::ranges::find(claimed.refused, claimant) == claimed.refused.end()) {
        claimed.refused.push_back(claimant);
    }
    return key_claims::claim_result::held_elsewhere;
}

void claim_table::release(partition_id claimant, bytes_view key) {
    std::vector<partition_id> refused;
    {
        const std::lock_guard lock{mutex_};
        const auto found = claims_.find(bytes{key});
        if (found == claims_.end() || found->second.holder != claimant) {
            return;
        }
        refused = std::move(found->second.refused);
        claims_.erase(found);
    }
    for (const auto partition : refused) {
        released_(partition, key);
    }
}

}  // namespace bkes::sync
