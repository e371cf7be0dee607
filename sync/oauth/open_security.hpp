#pragma once
// The security of bkes' own connections with all that belongs to it: files are read, and with
// OAUTHBEARER the first token is asked for.

#include "sync/net/link_security.hpp"
#include "sync/types/security_options.hpp"

#include <expected>
#include <memory>
#include <string>

namespace bkes::sync {

/// Fails with a sentence that names the setting. An endpoint that gives no token is no failure: that
/// is a line in the log, and tried again. Blocks at most for that one question.
std::expected<std::shared_ptr<link_security>, std::string> open_security(security_options options);

}  // namespace bkes::sync
