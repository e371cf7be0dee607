#pragma once

// BKES_ASSERT(condition): an invariant of bkes itself. On in every build; a violation aborts, since
// going on could write what never should be written. Never for anything that comes from a peer.

namespace bkes {

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace bkes

#define BKES_ASSERT(condition) \
    ((condition) ? static_cast<void>(0) : ::bkes::assertion_failed(#condition, __FILE__, __LINE__))
