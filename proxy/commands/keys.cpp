#include "protocol/messages/list_keys.hpp"
#include "proxy/commands/client_options.hpp"
#include "proxy/commands/event_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>

namespace bkes::proxy {

namespace {

constexpr std::int64_t page_keys = 1000;

outcome<void> list(const invocation& call) {
    const auto& topic = call.args.positional(0);
    const auto prefix = bytes_of(call, call.args.last("--prefix").value_or(""), "--prefix-hex");
    auto left = call.args.number("--limit", std::numeric_limits<std::int64_t>::max(), 1,
                                 std::numeric_limits<std::int64_t>::max());
    const auto client = connect_to_bkes(call);
    if (!client) {
        return give_up{client.error()};
    }
    std::optional<std::string> after;
    while (left > 0) {
        const auto limit = std::min(left, page_keys);
        const auto page = (*client)->ask<protocol::list_keys_response>(
            protocol::list_keys_request{.topic = topic,
                                        .prefix = prefix,
                                        .after = after,
                                        .limit = static_cast<std::int32_t>(limit)});
        if (!page) {
            return give_up{page.error()};
        }
        if (page->error_code != 0) {
            return give_up{refused_by_server(page->error_code, page->error_message)};
        }
        // A page may be shorter than its limit; the last one is empty.
        if (page->keys.empty()) {
            break;
        }
        if (after && page->keys.front().key <= *after) {
            return give_up{{exit_refused, fmt::format("{} lists the same keys again and again",
                                                      (*client)->peer())}};
        }
        for (const auto& aggregate : page->keys) {
            call.around.out << (output_form_of(call) == output_form::json
                                    ? aggregate_as_json(topic, aggregate)
                                    : aggregate_as_text(aggregate));
        }
        call.around.out.flush();
        left -= std::ssize(page->keys);
        after = page->keys.back().key;
    }
    return {};
}

}  // namespace

command keys_command() {
    return {.name = "keys",
            .summary = "List the keys of a guarded topic in byte order",
            .takes = {.positionals = {"TOPIC"},
                      .options = with_client_options(
                          {{"--prefix", "P", "Only keys that begin with this"},
                           {"--prefix-hex", "", "The prefix is given in hexadecimal"},
                           {"--limit", "N", "At most this many [all]"}}),
                      .settings = with_client_settings({})},
            .notes = {},
            .run = list};
}

}  // namespace bkes::proxy
