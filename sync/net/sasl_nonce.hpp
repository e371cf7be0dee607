#pragma once
// What makes one SCRAM login unlike any other.

#include <string>

namespace bkes::sync {

/// Fresh random characters without a comma, as scram_client wants them.
std::string new_sasl_nonce();

}  // namespace bkes::sync
