#pragma once
// Which partition may give a new key its first event: one table for each guarded topic, one
// `partition_claims` for each of its partitions (see key_claims in sequencer/sources.hpp).

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "sync/sequencer/sources.hpp"

#include <functional>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace bkes::sync {

/// Thread-safe; outlives its partition_claims.
class claim_table {
  public:
    /// `released(partition, key)`: the claim that this partition was refused is released. Called on
    /// the thread of the partition that releases; must only post.
    using released_handler = std::function<void(partition_id, bytes_view)>;

    explicit claim_table(released_handler released) : released_{std::move(released)} {}

    key_claims::claim_result claim(partition_id claimant, bytes_view key);
    void release(partition_id claimant, bytes_view key);

  private:
    struct claimed_key {
        partition_id holder;
        std::vector<partition_id> refused;
    };

    released_handler released_;
    std::mutex mutex_;
    std::unordered_map<bytes, claimed_key> claims_;  ///< under mutex_
};

class partition_claims final : public key_claims {
  public:
    partition_claims(claim_table& table, partition_id partition)
        : table_{table}, partition_{partition} {}

    claim_result claim(bytes_view key) override { return table_.claim(partition_, key); }

    void release(bytes_view key) override { table_.release(partition_, key); }

  private:
    claim_table& table_;
    partition_id partition_;
};

}  // namespace bkes::sync
