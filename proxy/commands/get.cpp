#include "protocol/batch/record_batch.hpp"
#include "protocol/messages/fetch_by_key.hpp"
#include "proxy/commands/client_options.hpp"
#include "proxy/commands/event_output.hpp"
#include "proxy/log/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace bkes::proxy {

namespace {

/// Events asked for at a time, in bytes of records.
constexpr std::int32_t page_bytes = 8 << 20;

using protocol::fetch_by_key_request;
using protocol::fetch_by_key_response;

struct wanted_events {
    const std::string& topic;
    std::string key;
    std::int64_t from = 0;
};

outcome<fetch_by_key_response::aggregate> fetch_page(kafka_client& client,
                                                     const wanted_events& wanted) {
    fetch_by_key_request request{.topic = wanted.topic, .max_bytes = page_bytes};
    request.keys.push_back({.key = wanted.key, .from_order = wanted.from, .max_bytes = page_bytes});
    auto response = client.ask<fetch_by_key_response>(request);
    if (!response) {
        return give_up{response.error()};
    }
    if (response->error_code != 0) {
        return give_up{refused_by_server(response->error_code, response->error_message)};
    }
    if (response->keys.size() != 1) {
        return give_up{{exit_refused, client.peer() + ": the answer is for other keys"}};
    }
    auto& found = response->keys.front();
    if (found.error_code != 0) {
        return give_up{refused_by_server(found.error_code, found.error_message)};
    }
    return std::move(found);
}

/// Prints the events of one page and moves `wanted.from` behind them. False: the page makes no
/// sense.
bool print_page(const invocation& call, wanted_events& wanted,
                const fetch_by_key_response::aggregate& page) {
    std::size_t index = 0;
    for (auto rest = page.records; !rest.empty();) {
        const auto header = protocol::decode_batch_header(rest);
        if (!header) {
            return false;
        }
        const auto batch = protocol::decode_batch(rest.substr(0, header->size()),
                                                  std::numeric_limits<std::int32_t>::max());
        if (!batch) {
            return false;
        }
        for (const auto& record : batch->records) {
            const auto order = batch->offset_of(record).value();
            if (order < wanted.from || index >= page.log_offsets.size()) {
                return false;
            }
            const printed_event event{.topic = wanted.topic,
                                      .key = wanted.key,
                                      .partition = page.partition,
                                      .order = order,
                                      .offset = page.log_offsets[index++],
                                      .timestamp_ms = batch->timestamp_ms_of(record),
                                      .record = &record};
            call.around.out << (output_form_of(call) == output_form::json ? event_as_json(event)
                                                                          : event_as_text(event));
            wanted.from = order + 1;
        }
        rest.remove_prefix(header->size());
    }
    return true;
}

outcome<void> get(const invocation& call) {
    wanted_events wanted{
        .topic = call.args.positional(0),
        .key = bytes_of(call, call.args.positional(1), "--key-hex"),
        .from = call.args.number("--from", 0, 0, std::numeric_limits<std::int64_t>::max())};
    const auto client = connect_to_bkes(call);
    if (!client) {
        return give_up{client.error()};
    }
    while (true) {
        const auto page = fetch_page(**client, wanted);
        if (!page) {
            return give_up{page.error()};
        }
        if (page->partition < 0 && output_form_of(call) == output_form::text) {
            call.around.err << "no events: the key was never seen, its next order is 0\n";
        }
        const auto from = wanted.from;
        if (!print_page(call, wanted, *page)) {
            return give_up{{exit_refused, (*client)->peer() + ": the answer makes no sense"}};
        }
        if (std::max(wanted.from, page->start_order) >= page->next_order) {
            return {};
        }
        if (wanted.from == from) {
            return give_up{
                {exit_refused, fmt::format("{} sent no events from order {} on, although there are "
                                           "{}",
                                           (*client)->peer(), from, page->next_order)}};
        }
    }
}

}  // namespace

command get_command() {
    return {.name = "get",
            .summary = "Print all events of one key",
            .takes = {.positionals = {"TOPIC", "KEY"},
                      .options =
                          with_client_options({{"--from", "N", "Begin with this order [0]"},
                                               {"--key-hex", "", "KEY is given in hexadecimal"}}),
                      .settings = with_client_settings({})},
            .notes = {},
            .run = get};
}

}  // namespace bkes::proxy
