#include "proxy/commands/event_pages.hpp"

#include "proxy/commands/client_options.hpp"

#include <limits>
#include <utility>

namespace bkes::proxy {

using protocol::fetch_by_key_request;
using protocol::fetch_by_key_response;

namespace {

/// Events asked for at a time, in bytes of records.
constexpr std::int32_t page_bytes = 8 << 20;

/// False if they can't be decoded.
bool decode_batches(bytes_view records, std::vector<protocol::decoded_batch>& out) {
    while (!records.empty()) {
        const auto header = protocol::decode_batch_header(records);
        if (!header) {
            return false;
        }
        auto batch = protocol::decode_batch(records.substr(0, header->size()),
                                            std::numeric_limits<std::int32_t>::max());
        if (!batch) {
            return false;
        }
        out.push_back(std::move(*batch));
        records.remove_prefix(header->size());
    }
    return true;
}

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
    const auto is_nonsense = [&client] {
        return give_up{{exit_refused, client.peer() + ": the answer makes no sense"}};
    };
    decoded_page decoded;
    if (!decode_batches(page.records, decoded.batches)) {
        return is_nonsense();
    }
    for (const auto& batch : decoded.batches) {
        for (const auto& record : batch.records) {
            const auto order = batch.offset_of(record).value();
            const auto index = decoded.events.size();
            if (index >= page.log_offsets.size() ||
                (index > 0 && order <= decoded.events.back().order)) {
                return is_nonsense();
            }
            decoded.events.push_back({.topic = of.topic,
                                      .key = of.key,
                                      .partition = page.partition,
                                      .order = order,
                                      .offset = page.log_offsets[index],
                                      .timestamp_ms = batch.timestamp_ms_of(record),
                                      .record = &record});
        }
    }
    return decoded;
}

void print_event(const invocation& call, const printed_event& event) {
    call.around.out << (output_form_of(call) == output_form::json ? event_as_json(event)
                                                                  : event_as_text(event));
}

}  // namespace bkes::proxy
