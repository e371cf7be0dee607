#pragma once
// What a waiting reader holds: as long as it lives, its callback may come; with it, nothing is left
// of the waiting. It belongs to the thread on which its callback runs.

#include <memory>

namespace bkes::sync {

using wait_ticket = std::shared_ptr<void>;

}  // namespace bkes::sync
