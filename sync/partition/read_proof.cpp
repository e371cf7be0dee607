#include "sync/partition/read_proof.hpp"

#include <algorithm>

namespace bkes::sync {

std::optional<wait_result> read_proof::may_be_read(bytes_view topic,
                                                   std::optional<partition_id> partition) const {
    if (partition) {
        const auto log = topics_.find(topic, *partition);
        if (log == nullptr) {
            return std::nullopt;
        }
        log->want_proof();
        return log->readable();
    }
    const auto found = topics_.find(topic);
    if (found == nullptr) {
        return std::nullopt;
    }
    std::optional<wait_result> all = wait_result::reached;
    const auto logs = found->partitions.all();
    for (const auto& log : *logs) {
        if (log->is_new()) {
            continue;
        }
        log->want_proof();
        const auto one = log->readable();
        if (one == wait_result::not_owner) {
            return one;
        }
        if (!one) {
            all = std::nullopt;
        }
    }
    return all;
}

bool read_proof::is_near(bytes_view topic, std::optional<partition_id> partition) const {
    const auto lacks_proof_at_most = [](const auto& log) {
        return log->is_new() || log->lacks_proof_at_most() ||
               log->readable() == wait_result::reached;
    };
    if (partition) {
        const auto log = topics_.find(topic, *partition);
        return log != nullptr && lacks_proof_at_most(log);
    }
    const auto found = topics_.find(topic);
    return found != nullptr && std::ranges::all_of(*found->partitions.all(), lacks_proof_at_most);
}

}  // namespace bkes::sync
