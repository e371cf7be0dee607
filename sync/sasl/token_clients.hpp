#pragma once
// The mechanisms that say all at once: PLAIN (RFC 4616) and OAUTHBEARER (RFC 7628). What they say is
// a secret on the wire, so they want TLS; that is for who chooses them to see to.

#include "sync/sasl/sasl_client.hpp"

#include <memory>
#include <string>

namespace bkes::sync {

std::unique_ptr<sasl_client> make_plain_client(std::string username, std::string password);

std::unique_ptr<sasl_client> make_oauthbearer_client(std::string token);

}  // namespace bkes::sync
