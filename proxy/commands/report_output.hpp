#pragma once
// What `bkes verify` prints at its end: lines for people, one JSON object for programs.

#include "protocol/core/bytes.hpp"
#include "sync/verify.hpp"

#include <string>

namespace bkes::proxy {

std::string report_as_text(bytes_view topic, const sync::verify_report& report);
std::string report_as_json(bytes_view topic, const sync::verify_report& report);

}  // namespace bkes::proxy
