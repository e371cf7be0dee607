#pragma once
// Whether a topic may be read by key at this moment: the store holds its log, nothing in it is
// undecided, and this instance's ownership is proved and young (contract section 8). Any thread.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "sync/partition/topic_set.hpp"
#include "sync/types/read_types.hpp"

#include <optional>

namespace bkes::sync {

class read_proof {
  public:
    /// The topics outlive it.
    explicit read_proof(const topic_set& topics) : topics_{topics} {}

    /// Of one partition, or of all: a key never seen may stand in any of them. Empty: not now; the
    /// proofs that are missing have been asked for.
    [[nodiscard]] std::optional<wait_result> may_be_read(
        bytes_view topic, std::optional<partition_id> partition) const;

    /// True if nothing is missing but a proof, which takes a round trip.
    [[nodiscard]] bool is_near(bytes_view topic, std::optional<partition_id> partition) const;

  private:
    const topic_set& topics_;
};

}  // namespace bkes::sync
