#pragma once
// Which partitions of a Produce its client may write to: WRITE on the guarded topic, or with
// authorize=keys on the key topic of each record's key.

#include "protocol/kafka_error.hpp"
#include "protocol/messages/produce.hpp"
#include "proxy/session/session.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bkes::proxy {

/// Why nothing may be written to a partition.
struct write_refusal {
    protocol::kafka_error error;
    std::string text;
};

/// For each partition of a guarded topic, in the order of the request; empty for those that may be
/// written. Nothing at all if something has to be asked first: request_route::after_rights.
std::optional<std::vector<std::optional<write_refusal>>> look_at_write_rights(
    session& client, const protocol::produce_request& request);

}  // namespace bkes::proxy
