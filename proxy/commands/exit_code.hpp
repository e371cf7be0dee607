#pragma once

// What the commands of bkes end with (contract section 11).

namespace bkes::proxy {

enum exit_code : int {
    exit_done = 0,
    exit_refused = 1,  ///< a conflict, a difference found, a start that can't be
    exit_usage = 2,
    exit_unreachable = 3,
};

}  // namespace bkes::proxy
