#include "proxy/commands/client_options.hpp"
#include "proxy/commands/event_pages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <ranges>
#include <utility>

namespace bkes::proxy {

namespace {

using aggregate = protocol::fetch_by_key_response::aggregate;

constexpr auto order_past_all = std::numeric_limits<std::int64_t>::max();

struct wanted_events {
    key_of_topic of;
    std::optional<std::int64_t> from;
    std::optional<std::int64_t> last;  ///< so many, the newest
    bool is_reversed = false;

    [[nodiscard]] bool is_downwards() const { return last || is_reversed; }
};

wanted_events read_wanted(const invocation& call) {
    wanted_events wanted{.of = {.topic = call.args.positional(0),
                                .key = bytes_of(call, call.args.positional(1), "--key-hex")},
                         .from = {},
                         .last = {},
                         .is_reversed = call.args.has("--reverse")};
    if (call.args.has("--from")) {
        wanted.from = call.args.number("--from", 0, 0, order_past_all);
    }
    if (call.args.has("--last")) {
        wanted.last = call.args.number("--last", 1, 1, order_past_all);
    }
    return wanted;
}

void say_never_seen(const invocation& call, const aggregate& page) {
    if (page.partition < 0 && output_form_of(call) == output_form::text) {
        call.around.err << "no events: the key was never seen, its next order is 0\n";
    }
}

/// Without it a server that gives nothing would be asked for ever.
give_up no_progress(const kafka_client& client, std::int64_t from, const aggregate& page) {
    return give_up{
        {exit_refused, fmt::format("{} sent no events from order {} on, although there are {}",
                                   client.peer(), from, page.next_order)}};
}

struct read_page {
    aggregate numbers;
    decoded_page decoded;
};

/// Views are valid until the client's next request.
outcome<read_page> read(const invocation& call, kafka_client& client, const key_of_topic& of,
                        const wanted_page& wanted) {
    auto numbers = fetch_page(client, of, wanted);
    if (!numbers) {
        return give_up{numbers.error()};
    }
    say_never_seen(call, *numbers);
    auto decoded = decode_page(client, of, *numbers);
    if (!decoded) {
        return give_up{decoded.error()};
    }
    return read_page{std::move(*numbers), std::move(*decoded)};
}

wanted_page page_down(std::int64_t from, std::int64_t count) {
    constexpr std::int64_t count_max = std::numeric_limits<std::int32_t>::max();
    return {.from = from,
            .direction = protocol::fetch_by_key_request::descending,
            .max_events = count > count_max ? 0 : static_cast<std::int32_t>(count)};
}

/// Orders from..end-1, as far as there are events.
outcome<void> print_up(const invocation& call, kafka_client& client, const key_of_topic& of,
                       std::int64_t from, std::int64_t end) {
    while (from < end) {
        const auto page = read(call, client, of, {.from = from});
        if (!page) {
            return give_up{page.error()};
        }
        const auto& [numbers, decoded] = *page;
        const auto asked = from;
        for (const auto& event : decoded.events) {
            if (event.order >= from && event.order < end) {
                print_event(call, event);
                from = event.order + 1;
            }
        }
        if (std::max(from, numbers.start_order) >= numbers.next_order) {
            return {};
        }
        if (from == asked) {
            return no_progress(client, from, numbers);
        }
    }
    return {};
}

/// One answer in the usual case; if they don't fit, it tells where they begin.
outcome<void> print_last(const invocation& call, kafka_client& client,
                         const wanted_events& wanted) {
    const auto page = read(call, client, wanted.of, page_down(order_past_all, *wanted.last));
    if (!page) {
        return give_up{page.error()};
    }
    const auto& [numbers, decoded] = *page;
    const auto end = numbers.next_order;
    const auto begin = std::max({wanted.from.value_or(0), numbers.start_order, end - *wanted.last});
    if (begin >= end) {
        return {};
    }
    if (decoded.events.empty() || decoded.events.front().order > begin) {
        return print_up(call, client, wanted.of, begin, end);
    }
    for (const auto& event : decoded.events) {
        if (event.order >= begin) {
            print_event(call, event);
        }
    }
    return {};
}

outcome<void> print_reversed(const invocation& call, kafka_client& client,
                             const wanted_events& wanted) {
    auto from = wanted.from.value_or(order_past_all);
    for (auto left = wanted.last.value_or(order_past_all); left > 0;) {
        const auto page = read(call, client, wanted.of, page_down(from, left));
        if (!page) {
            return give_up{page.error()};
        }
        const auto& [numbers, decoded] = *page;
        const auto asked = from;
        for (const auto& event : decoded.events | std::views::reverse) {
            if (left > 0 && event.order <= from) {
                print_event(call, event);
                from = event.order - 1;
                --left;
            }
        }
        if (std::min(from, numbers.next_order - 1) < numbers.start_order) {
            return {};
        }
        if (from == asked) {
            return no_progress(client, from, numbers);
        }
    }
    return {};
}

outcome<void> get(const invocation& call) {
    const auto wanted = read_wanted(call);
    const auto client = connect_to_bkes(call);
    if (!client) {
        return give_up{client.error()};
    }
    if (wanted.is_downwards() &&
        !(*client)->offers(protocol::api_key::fetch_by_key, downwards_since)) {
        return give_up{{exit_refused,
                        fmt::format("{} is an older bkes, which doesn't read from the end; leave "
                                    "out --last and --reverse",
                                    (*client)->peer())}};
    }
    if (wanted.is_reversed) {
        return print_reversed(call, **client, wanted);
    }
    if (wanted.last) {
        return print_last(call, **client, wanted);
    }
    return print_up(call, **client, wanted.of, wanted.from.value_or(0), order_past_all);
}

}  // namespace

command get_command() {
    return {.name = "get",
            .summary = "Print the events of one key",
            .takes = {.positionals = {"TOPIC", "KEY"},
                      .options = with_client_options(
                          {{"--from", "N",
                            "Begin with this order [0, with --reverse that of the last event]"},
                           {"--last", "N", "Only so many of these events, the newest [all]"},
                           {"--reverse", "", "Print the newest event first"},
                           {"--key-hex", "", "KEY is given in hexadecimal"}}),
                      .settings = with_client_settings({})},
            .notes = {},
            .run = get};
}

}  // namespace bkes::proxy
