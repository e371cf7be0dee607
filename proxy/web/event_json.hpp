#pragma once
// Events and aggregates as the HTTP API shows them. Bytes that are UTF-8 are text, others Base64; a
// field beside says which: {"key": "order-42", "key_encoding": "utf-8"}.

#include "protocol/messages/list_keys.hpp"
#include "proxy/client/decoded_events.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string_view>

namespace bkes::proxy {

/// `name` and `name`_encoding; both null for none.
void put_bytes(boost::json::object& object, std::string_view name, std::optional<bytes_view> data);

boost::json::object json_of(const decoded_event& event);
boost::json::object json_of(const protocol::list_keys_response::aggregate& aggregate);

}  // namespace bkes::proxy
