#pragma once
// The events of one key page by page, for the commands that print them: FetchByKey asked, and what it
// answers made sense of.

#include "protocol/batch/record_batch.hpp"
#include "protocol/messages/fetch_by_key.hpp"
#include "proxy/commands/command.hpp"
#include "proxy/commands/event_output.hpp"
#include "proxy/commands/kafka_client.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bkes::proxy {

/// The versions of FetchByKey from which on it can read downwards and count events.
inline constexpr std::int16_t downwards_since = 1;

struct key_of_topic {
    std::string topic;
    std::string key;
};

struct wanted_page {
    std::int64_t from = 0;
    std::int8_t direction = protocol::fetch_by_key_request::ascending;
    std::int32_t max_events = 0;      ///< 0: as many as fit
    std::int64_t min_next_order = 0;  ///< what is waited for, if `wait` is
    std::chrono::milliseconds wait{0};
};

/// Views in the answer, also of the functions below, are valid until the client's next request.
outcome<protocol::fetch_by_key_response> ask_page(kafka_client& client, const key_of_topic& of,
                                                  const wanted_page& wanted);

/// Its only key, unless it is refused.
outcome<protocol::fetch_by_key_response::aggregate> only_key(
    const kafka_client& client, const protocol::fetch_by_key_response& response);

/// Both.
outcome<protocol::fetch_by_key_response::aggregate> fetch_page(kafka_client& client,
                                                               const key_of_topic& of,
                                                               const wanted_page& wanted);

struct decoded_page {
    std::vector<protocol::decoded_batch> batches;
    std::vector<printed_event> events;  ///< orders rising; of `batches`
};

/// Fails if it makes no sense. `of` and `page` outlive the result.
outcome<decoded_page> decode_page(const kafka_client& client, const key_of_topic& of,
                                  const protocol::fetch_by_key_response::aggregate& page);

/// As --json says.
void print_event(const invocation& call, const printed_event& event);

}  // namespace bkes::proxy
