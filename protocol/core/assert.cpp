#include "protocol/core/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace bkes {

void assertion_failed(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "bkes: assertion failed: %s (%s:%d)\n", condition, file, line);
    std::abort();
}

}  // namespace bkes
