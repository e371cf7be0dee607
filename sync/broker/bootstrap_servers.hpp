#pragma once
// host:port,host:port as Kafka clients take it. Only for bkes' own connections: librdkafka reads
// its own.

#include "sync/broker/cluster_view.hpp"

#include <string_view>
#include <vector>

namespace bkes::sync {

/// Without a port: 9092. Spaces before an entry don't count; an IPv6 address stands in brackets.
/// The ids are not set.
std::vector<broker_address> parse_bootstrap_servers(std::string_view servers);

}  // namespace bkes::sync
