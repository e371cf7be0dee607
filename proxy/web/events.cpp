// The events of one aggregate, page by page in either direction.

#include "proxy/web/answers.hpp"
#include "proxy/web/event_json.hpp"
#include "sync/sasl/base64.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace bkes::proxy {

namespace {

constexpr std::int64_t events_default = 100;
constexpr std::int64_t events_max = 1'000;

/// Of records; one event comes in any case.
constexpr std::int32_t page_bytes = 1 << 20;

or_problem<wanted_events> read_page_wanted(const web_request& request) {
    const auto parameters =
        web_parameters::read(request.query, {"key64", "from", "limit", "order"});
    if (!parameters) {
        return std::unexpected{parameters.error()};
    }
    auto key = key_of(request, *parameters);
    const auto from = parameters->number("from", 0, std::numeric_limits<std::int64_t>::max());
    const auto limit = parameters->number("limit", 1, events_max);
    if (!key || !from || !limit) {
        return std::unexpected{!key ? key.error() : !from ? from.error() : limit.error()};
    }
    const auto order = parameters->text("order").value_or("asc");
    if (order != "asc" && order != "desc") {
        return std::unexpected{problem{400, "order must be asc or desc"}};
    }
    const bool is_downwards = order == "desc";
    return wanted_events{
        .topic = request.topic,
        .key = std::move(*key),
        .from = from->value_or(is_downwards ? std::numeric_limits<std::int64_t>::max() : 0),
        .events_max = static_cast<std::int32_t>(limit->value_or(events_default)),
        .bytes_max = page_bytes,
        .is_downwards = is_downwards};
}

/// Where the next page begins; empty: this was the last one.
std::optional<std::int64_t> next_from(const read_events& page, bool is_downwards) {
    const auto& events = page.events.events;
    const auto& aggregate = page.aggregate();
    if (events.empty()) {
        return std::nullopt;
    }
    const auto next = is_downwards ? events.front().order - 1 : events.back().order + 1;
    return next >= aggregate.start_order && next < aggregate.next_order ? std::optional{next}
                                                                        : std::nullopt;
}

std::string path_of_page(const wanted_events& wanted, std::int64_t from) {
    const bool is_safe = is_safe_segment(wanted.key);
    return fmt::format(
        "/api/v1/topics/{}/keys/{}/events?{}from={}&limit={}&order={}",
        percent_encoded(wanted.topic), is_safe ? percent_encoded(wanted.key) : "-",
        is_safe ? std::string{} : "key64=" + percent_encoded(sync::base64_encode(wanted.key)) + "&",
        from, wanted.events_max, wanted.is_downwards ? "desc" : "asc");
}

}  // namespace

web_answer answer_events(std::shared_ptr<web_state> web, web_request request) {
    const auto wanted = read_page_wanted(request);
    if (!wanted) {
        co_return std::unexpected{wanted.error()};
    }
    const auto page = co_await read_events_of(*web, request.who, *wanted);
    if (!page) {
        co_return std::unexpected{page.error()};
    }
    const auto& aggregate = page->aggregate();
    boost::json::object answer{{"topic", request.topic}};
    put_bytes(answer, "key", wanted->key);
    answer["partition"] = aggregate.partition < 0 ? boost::json::value(nullptr)
                                                  : boost::json::value(aggregate.partition);
    answer["start_order"] = aggregate.start_order;
    answer["next_order"] = aggregate.next_order;
    boost::json::array events;
    for (const auto& event : page->events.events) {
        events.push_back(json_of(event));
    }
    if (wanted->is_downwards) {
        std::ranges::reverse(events);
    }
    answer["events"] = std::move(events);
    const auto next = next_from(*page, wanted->is_downwards);
    answer["next"] =
        next ? boost::json::value(path_of_page(*wanted, *next)) : boost::json::value(nullptr);
    co_return json_answer(answer);
}

}  // namespace bkes::proxy
