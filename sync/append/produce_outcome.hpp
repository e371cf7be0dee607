#pragma once
// What a broker's answer to a produced batch means for the batch. Pure.

#include "sync/sequencer/sequencer.hpp"

#include <cstdint>

namespace bkes::sync {

enum class produce_verdict : std::uint8_t {
    written,
    /// Not known, or not written for now: the same batch with the same sequence is sent again.
    send_again,
    /// Not in the log, and sending it again won't change that.
    refused,
    /// The producer's state at the broker isn't what it should be (45, 46, 47, 59): only the log
    /// can tell whether the batch stands in it.
    ask_the_log,
};

struct answer_class {
    produce_verdict verdict;
    refusal_blame blame = refusal_blame::whole_batch;  ///< only with `refused`
};

/// `may_be_written`: an earlier attempt had an unknown end, so a refusal now says nothing about it.
enum class earlier_attempts : std::uint8_t { none, may_be_written };

answer_class classify_answer(std::int16_t error_code, earlier_attempts earlier);

}  // namespace bkes::sync
