#include "proxy/commands/event_pages.hpp"

#include "proxy/client/decoded_events.hpp"
#include "proxy/commands/client_options.hpp"

#include <utility>

namespace bkes::proxy {

using protocol::fetch_by_key_request;
using protocol::fetch_by_key_response;

namespace {

/// Events asked for at a time, in bytes of records.
constexpr std::int32_t page_bytes = 8 << 20;

}  // namespace

outcome<fetch_by_key_response> ask_page(kafka_client& client, const key_of_topic& of,
                                        const wanted_page& wanted) {
    fetch_by_key_request request{.topic = of.topic,
                                 .max_wait_ms = static_cast<std::int32_t>(wanted.wait.count()),
                                 .max_bytes = page_bytes};
    request.keys.push_back({.key = of.key,
                            .from_order = wanted.from,
                            .min_next_order = wanted.min_next_order,
                            .max_bytes = page_bytes,
                            .direction = wanted.direction,
                            .max_events = wanted.max_events});
    return client.ask<fetch_by_key_response>(request, wanted.wait);
}

outcome<fetch_by_key_response::aggregate> only_key(const kafka_client& client,
                                                   const fetch_by_key_response& response) {
    if (response.error_code != 0) {
        return give_up{refused_by_server(response.error_code, response.error_message)};
    }
    if (response.keys.size() != 1) {
        return give_up{{exit_refused, client.peer() + ": the answer is for other keys"}};
    }
    const auto& found = response.keys.front();
    if (found.error_code != 0) {
        return give_up{refused_by_server(found.error_code, found.error_message)};
    }
    return found;
}

outcome<fetch_by_key_response::aggregate> fetch_page(kafka_client& client, const key_of_topic& of,
                                                     const wanted_page& wanted) {
    const auto response = ask_page(client, of, wanted);
    if (!response) {
        return give_up{response.error()};
    }
    return only_key(client, *response);
}

outcome<decoded_page> decode_page(const kafka_client& client, const key_of_topic& of,
                                  const fetch_by_key_response::aggregate& page) {
    auto found = decode_events(page);
    if (!found) {
        return give_up{{exit_refused, client.peer() + ": the answer makes no sense"}};
    }
    decoded_page decoded{.batches = std::move(found->batches), .events = {}};
    for (const auto& event : found->events) {
        decoded.events.push_back({.topic = of.topic,
                                  .key = of.key,
                                  .partition = page.partition,
                                  .order = event.order,
                                  .offset = event.offset,
                                  .timestamp_ms = event.timestamp_ms,
                                  .record = event.record});
    }
    return decoded;
}

void print_event(const invocation& call, const printed_event& event) {
    call.around.out << (output_form_of(call) == output_form::json ? event_as_json(event)
                                                                  : event_as_text(event));
}

}  // namespace bkes::proxy
