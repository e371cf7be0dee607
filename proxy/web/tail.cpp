// The events of one aggregate as Server-Sent Events: those that are there, then new ones as they come.
//
// That it grew is heard from the store; what came is then read as by anybody, so a right that was
// withdrawn ends the stream before it tells anything more.

#include "proxy/config/values.hpp"
#include "proxy/web/answers.hpp"
#include "proxy/web/event_json.hpp"
#include "proxy/web/stream_rest.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <chrono>
#include <limits>

namespace bkes::proxy {

namespace {

constexpr std::chrono::milliseconds try_again_after{1'000};
constexpr std::chrono::milliseconds while_crowded{100};
/// Where so many wait that no more are woken, it is looked at anew.
constexpr std::chrono::milliseconds look_again_after{3'000};
/// Nobody is woken by a topic that is made anew.
constexpr std::chrono::milliseconds look_at_topic_each{15'000};

/// What one stream holds at a time; a larger event comes alone.
constexpr std::int32_t part_bytes = 64 << 10;

/// Reads no event, only where the aggregate ends.
constexpr std::int64_t before_the_first = -1;

struct told_aggregate {
    credentials who;
    bytes topic;
    bytes key;
    uuid topic_id;
    std::int64_t next = 0;  ///< to be told
};

wanted_events part_from(const told_aggregate& of) {
    return {.topic = of.topic, .key = of.key, .from = of.next, .bytes_max = part_bytes};
}

std::string text_of(const decoded_events& part) {
    std::string text;
    for (const auto& event : part.events) {
        text += fmt::format("id: {}\ndata: {}\n\n", event.order,
                            boost::json::serialize(json_of(event)));
    }
    return text;
}

/// Still the one that the stream began with.
bool is_there(const web_state& web, const told_aggregate& of) {
    return !web.is_stopped && web.topic_id(of.topic) == of.topic_id;
}

/// Until the aggregate has the event that is to be told next, or there is something else to see. False:
/// the stream is over.
boost::asio::awaitable<bool> await_growth(web_state& web, const told_aggregate& of,
                                          stream_rest& pause) {
    if (pause.is_over()) {
        co_return false;  // and what hears of growth may be gone
    }
    bool has_grown = false;
    sync::wait_ticket ticket;
    if (web.reader != nullptr) {
        ticket = web.reader->when_order_reached(of.topic, of.key, event_order{of.next + 1},
                                                web.context, [&pause, &has_grown] {
                                                    has_grown = true;
                                                    pause.wake();
                                                });
    }
    bool goes_on = true;
    do {
        goes_on = co_await pause.rest(ticket ? look_at_topic_each : look_again_after);
    } while (goes_on && ticket && !has_grown && is_there(web, of));
    co_return goes_on;
}

boost::asio::awaitable<void> tell(std::shared_ptr<web_state> web, told_aggregate of,
                                  http_stream& client) {
    stream_rest pause{*web, client};
    bool has_caught_up = false;
    bool goes_on = co_await client.write("retry: 1000\n\n");
    while (goes_on && !pause.is_over()) {
        if (client.is_crowded()) {
            goes_on = co_await pause.rest(while_crowded);
            continue;
        }
        auto part = co_await read_events_of(*web, of.who, part_from(of));
        if (!part && part.error().is_passing()) {
            goes_on = co_await pause.rest(try_again_after);
            continue;
        }
        if (part && !is_there(*web, of)) {
            part = std::unexpected{problem{400, "the topic was made anew: begin again"}};
        }
        if (!part) {
            co_await client.write(text_of(part.error()));
            co_return;
        }
        auto text = text_of(part->events);
        const auto end = part->aggregate().next_order;
        of.next = part->events.events.empty() ? end : part->events.events.back().order + 1;
        if (of.next >= end && !std::exchange(has_caught_up, true)) {
            text += fmt::format("event: caught_up\ndata: {{\"next_order\":{}}}\n\n", end);
        }
        part = std::unexpected{problem{}};  // its connection is for others while the client reads
        goes_on = text.empty() || co_await client.write(text);
        text = {};
        if (goes_on && of.next >= end) {
            goes_on = co_await await_growth(*web, of, pause);
        }
    }
}

/// Where to begin; empty: at the end.
or_problem<std::optional<std::int64_t>> begin_of(const web_request& request,
                                                 const web_parameters& parameters) {
    if (!request.last_event_id.empty()) {
        const auto last =
            parse_number(request.last_event_id, 0, std::numeric_limits<std::int64_t>::max() - 1);
        if (!last) {
            return std::unexpected{problem{400, "Last-Event-ID is no order"}};
        }
        return *last + 1;
    }
    if (parameters.text("from") == "end") {
        return std::nullopt;
    }
    const auto from = parameters.number("from", 0, std::numeric_limits<std::int64_t>::max() - 1);
    if (!from) {
        return std::unexpected{problem{400, "from must be an order, or end"}};
    }
    return from->value_or(0);
}

}  // namespace

/// The first look is before the answer, so that a refusal has its status.
web_answer answer_tail(std::shared_ptr<web_state> web, web_request request) {
    const auto parameters = web_parameters::read(request.query, {"key64", "from"});
    if (!parameters) {
        co_return std::unexpected{parameters.error()};
    }
    auto key = key_of(request, *parameters);
    const auto begin = begin_of(request, *parameters);
    if (!key || !begin) {
        co_return std::unexpected{!key ? key.error() : begin.error()};
    }
    const auto topic_id = web->topic_id(request.topic);
    told_aggregate of{.who = std::move(request.who),
                      .topic = std::move(request.topic),
                      .key = std::move(*key),
                      .topic_id = topic_id};
    {
        const auto seen = co_await read_events_of(
            *web, of.who,
            {.topic = of.topic, .key = of.key, .from = before_the_first, .is_downwards = true});
        if (!seen) {
            co_return std::unexpected{seen.error()};
        }
        const auto end = seen->aggregate().next_order;
        of.next = begin->value_or(end);
        if (of.next > end) {
            co_return std::unexpected{
                problem{400, fmt::format("from is past the next order, {}", end)}};
        }
    }
    co_return stream_answer(
        [web, of = std::move(of)](http_stream& client) { return tell(web, of, client); });
}

}  // namespace bkes::proxy
