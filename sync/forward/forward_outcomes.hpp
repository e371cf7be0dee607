#pragma once
// What became of an append, as one instance tells another: numbers that stay what they are, whatever
// order the enum has.

#include "protocol/messages/forward.hpp"
#include "sync/types/append_job.hpp"

#include <cstdint>

namespace bkes::sync {

/// The views are of `answer`, which outlives the result.
[[nodiscard]] protocol::forward_response::append_outcome outcome_of(std::int64_t id,
                                                                    const append_answer& answer);

/// An outcome of a later version counts as unknown: never as one of which nothing was written.
[[nodiscard]] append_answer answer_of(const protocol::forward_response::append_outcome& outcome);

}  // namespace bkes::sync
