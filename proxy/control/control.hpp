#pragma once
// What a running instance does for who has its data directory (contract section 11): it makes
// restore points.

#include "sync/stored_topics.hpp"

#include <memory>
#include <string>

namespace bkes::proxy {

/// Takes requests through data.dir/control for as long as the result is held, which the topics
/// outlive. Where there can't be such a socket a line in the log says so, and the result is null.
[[nodiscard]] std::shared_ptr<void> open_control(const std::string& data_dir,
                                                 sync::stored_topics& topics);

}  // namespace bkes::proxy
