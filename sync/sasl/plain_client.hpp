#pragma once
// PLAIN (RFC 4616): name and password in one message. Whoever listens learns them, so it wants TLS;
// that is for who chooses it to see to.

#include "sync/sasl/sasl_client.hpp"

#include <memory>
#include <string>

namespace bkes::sync {

std::unique_ptr<sasl_client> make_plain_client(std::string username, std::string password);

}  // namespace bkes::sync
