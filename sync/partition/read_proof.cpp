#include "sync/partition/read_proof.hpp"

#include <algorithm>

namespace bkes::sync {

std::optional<read_grant> read_proof::standing(bytes_view topic,
                                               std::optional<partition_id> partition,
                                               read_moment began,
                                               std::optional<bytes_view> key) const {
    if (partition) {
        const auto log = topics_.find(topic, *partition);
        if (log == nullptr) {
            return std::nullopt;
        }
        log->want_proof(began);
        return log->readable(key);
    }
    const auto found = topics_.find(topic);
    if (found == nullptr) {
        return std::nullopt;
    }
    std::optional<read_grant> all = read_grant{};
    const auto logs = found->partitions.all();
    for (const auto& log : *logs) {
        if (log->is_new()) {
            continue;
        }
        log->want_proof(began);
        const auto one = log->readable();
        if (one && one->result == wait_result::not_owner) {
            return one;
        }
        if (!one) {
            all = std::nullopt;
        } else if (all) {
            all->began_until = std::min(all->began_until, one->began_until);
        }
    }
    return all;
}

std::optional<wait_result> read_proof::may_be_read(bytes_view topic,
                                                   std::optional<partition_id> partition,
                                                   read_moment began,
                                                   std::optional<bytes_view> key) const {
    const auto now = standing(topic, partition, began, key);
    return now && began <= now->began_until ? std::optional{now->result} : std::nullopt;
}

std::optional<partition_id> read_proof::home_of_new_key(bytes_view topic, bytes_view key) const {
    return peers_ == nullptr ? std::nullopt : peers_->home_of_new_key(topic, key);
}

bool read_proof::is_near(bytes_view topic, std::optional<partition_id> partition) const {
    const auto lacks_proof_at_most = [](const auto& log) {
        if (log->is_new() || log->lacks_proof_at_most()) {
            return true;
        }
        const auto now = log->readable();
        return now && now->result == wait_result::reached;
    };
    if (partition) {
        const auto log = topics_.find(topic, *partition);
        return log != nullptr && lacks_proof_at_most(log);
    }
    const auto found = topics_.find(topic);
    return found != nullptr && std::ranges::all_of(*found->partitions.all(), lacks_proof_at_most);
}

}  // namespace bkes::sync
