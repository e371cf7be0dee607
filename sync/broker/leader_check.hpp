#pragma once
// Does a leader have what was read of the log before? One that was elected uncleanly need not, and
// what was judged by records that are gone must not be written (KIP-320, KIP-101).

#include "protocol/core/ids.hpp"
#include "protocol/core/result.hpp"
#include "sync/broker/broker_link.hpp"

#include <functional>
#include <string>

namespace bkes::sync {

struct leader_question {
    std::string topic;
    partition_id partition;
    leader_epoch leader;     ///< who is asked: an error if the broker leads by another epoch
    leader_epoch last_read;  ///< of the last record that was read; unknown: nothing to compare
    log_offset next_offset;  ///< all below was read
};

/// True if its log agrees up to `next_offset`; also where brokers can't tell (before 2.3). Calls
/// back on the link's thread, never inside the call.
void check_leader(broker_link& link, const leader_question& asked,
                  std::move_only_function<void(result<bool>)> done);

}  // namespace bkes::sync
