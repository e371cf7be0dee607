#pragma once
// The rows of kafka.*: how bkes' own connections are secured, by librdkafka's names. What isn't here
// would be honoured by one of bkes' two clients alone (its own links, and librdkafka in `verify`),
// and is refused.

#include "proxy/config/settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bkes::proxy {

void add_kafka_settings(std::vector<setting>& rows);

/// The name under which a row stands; librdkafka knows one of them by two.
std::string_view canonical_kafka_key(std::string_view key);

}  // namespace bkes::proxy
