#pragma once
// Who lacks a right on the cluster is told so with the broker's own dump of the request in
// ErrorMessage (Kafka: AuthHelper.authorizeClusterOperation, RequestChannel.Request.toString):
//
//     Request Request(processor=1, connectionId=10.0.0.4:9092-10.0.0.9:41224-0-12, session=...
//
// The id of the connection begins with the broker's real address: the one place where it stands in
// a text.

#include "protocol/core/bytes.hpp"

#include <cstdint>
#include <span>

namespace bkes::proxy {

/// Overwrites that id with '*' wherever it stands in a response to `api_key`. The length stays, and
/// with it every length around.
void hide_connection_id(std::int16_t api_key, std::span<char> response);

}  // namespace bkes::proxy
