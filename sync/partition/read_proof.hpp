#pragma once
// Whether a topic may be read by key at this moment: the store holds its log, nothing in it is
// undecided, and this instance's ownership is proved and young, or the owner has said how far the log
// is since the read began (contract section 8). Any thread.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "sync/partition/peers.hpp"
#include "sync/partition/topic_set.hpp"
#include "sync/types/read_types.hpp"

#include <optional>

namespace bkes::sync {

class read_proof {
  public:
    /// What is given outlives it. `others`: null where nothing is shared.
    explicit read_proof(const topic_set& topics, const peers* others = nullptr)
        : topics_{topics}, peers_{others} {}

    /// Of one partition, or of all: a key never seen may stand in any of them. Empty: not now; the
    /// proofs that are missing for a read that began then have been asked for.
    [[nodiscard]] std::optional<read_grant> standing(bytes_view topic,
                                                     std::optional<partition_id> partition,
                                                     read_moment began,
                                                     std::optional<bytes_view> key = {}) const;

    /// The same, for that read alone; of one aggregate, which need not wait for others.
    [[nodiscard]] std::optional<wait_result> may_be_read(bytes_view topic,
                                                         std::optional<partition_id> partition,
                                                         read_moment began,
                                                         std::optional<bytes_view> key = {}) const;

    [[nodiscard]] bool is_shared() const { return peers_ != nullptr; }

    /// Where a key never seen would get its first event; empty: in any partition.
    [[nodiscard]] std::optional<partition_id> home_of_new_key(bytes_view topic,
                                                              bytes_view key) const;

    /// True if nothing is missing but a proof, which takes a round trip.
    [[nodiscard]] bool is_near(bytes_view topic, std::optional<partition_id> partition) const;

  private:
    const topic_set& topics_;
    const peers* peers_;
};

}  // namespace bkes::sync
