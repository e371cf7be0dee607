#pragma once
// What the client reads when its append is refused: the texts of contract section 3.

#include "protocol/core/ids.hpp"
#include "sync/sequencer/append_types.hpp"
#include "sync/types/append_job.hpp"

#include <span>

namespace bkes::sync {

/// The sequencer's answer as the client hears it. Times and log start are not filled in.
append_answer answer_for_client(const answer& judged, partition_id partition);

/// What the conflict that was judged is about; `records` are those of the append.
order_conflict conflict_of(const answer& judged, std::span<const judged_event> records);

/// The other way round, for a redirected append: all but its text and orders, which the text tells.
answer outcome_at_home(const append_answer& heard);

}  // namespace bkes::sync
