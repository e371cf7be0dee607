#include "proxy/commands/event_output.hpp"

#include "proxy/log/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace bkes::proxy {

namespace json = boost::json;

namespace {

std::string readable(std::optional<bytes_view> data) {
    if (!data) {
        return "null";
    }
    if (!is_utf8(*data)) {
        return "hex:" + to_hex(*data);
    }
    const bool is_clean = !data->empty() && std::ranges::none_of(*data, is_control);
    return is_clean ? std::string{*data} : in_quotes(*data, data->size());
}

void put(json::object& object, std::string_view name, std::optional<bytes_view> data) {
    const json::string_view plain_name{name.data(), name.size()};
    if (!data) {
        object[plain_name] = nullptr;
    } else if (is_utf8(*data)) {
        object[plain_name] = json::string_view{data->data(), data->size()};
    } else {
        object[std::string{name} + "_hex"] = to_hex(*data);
    }
}

json::array headers_of(const protocol::record_view& record) {
    json::array headers;
    protocol::for_each_header(record.encoded_headers, [&](const protocol::record_header& header) {
        json::object one;
        put(one, "key", header.key);
        put(one, "value", header.value);
        headers.push_back(std::move(one));
    });
    return headers;
}

}  // namespace

std::string format_time(std::int64_t timestamp_ms) {
    constexpr std::int64_t year_10000_ms = 253'402'300'800'000;
    if (timestamp_ms < 0 || timestamp_ms >= year_10000_ms) {
        return std::to_string(timestamp_ms);
    }
    // Not std::chrono::system_clock: in nanoseconds it ends in the year 2262.
    const std::time_t seconds = timestamp_ms / 1000;
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), timestamp_ms % 1000);
}

std::string event_as_text(const printed_event& event) {
    std::string headers;
    protocol::for_each_header(
        event.record->encoded_headers, [&](const protocol::record_header& header) {
            headers += fmt::format("{}{}={}", headers.empty() ? "" : " ", in_quotes(header.key),
                                   header.value ? in_quotes(*header.value) : "null");
        });
    return fmt::format("order {}  offset {}  {}  [{}]  {}\n", event.order, event.offset,
                       format_time(event.timestamp_ms), headers, readable(event.record->value));
}

std::string event_as_json(const printed_event& event) {
    json::object object;
    put(object, "topic", event.topic);
    put(object, "key", event.key);
    object["partition"] = event.partition;
    object["order"] = event.order;
    object["offset"] = event.offset;
    object["timestamp"] = event.timestamp_ms;
    object["headers"] = headers_of(*event.record);
    put(object, "value", event.record->value);
    return json::serialize(object) + "\n";
}

std::string aggregate_as_text(const protocol::list_keys_response::aggregate& aggregate) {
    return fmt::format("{}  partition {}  orders {} to {}  last offset {}  {}\n",
                       in_quotes(aggregate.key, aggregate.key.size()), aggregate.partition,
                       aggregate.start_order, aggregate.next_order - 1, aggregate.last_log_offset,
                       format_time(aggregate.last_timestamp));
}

std::string aggregate_as_json(bytes_view topic,
                              const protocol::list_keys_response::aggregate& aggregate) {
    json::object object;
    put(object, "topic", topic);
    put(object, "key", aggregate.key);
    object["partition"] = aggregate.partition;
    object["start_order"] = aggregate.start_order;
    object["next_order"] = aggregate.next_order;
    object["last_offset"] = aggregate.last_log_offset;
    object["last_timestamp"] = aggregate.last_timestamp;
    return json::serialize(object) + "\n";
}

std::string append_as_text(const printed_append& append) {
    return fmt::format("appended order {}  partition {}  offset {}\n",
                       append.order ? std::to_string(*append.order) : "unknown", append.partition,
                       append.offset);
}

std::string append_as_json(const printed_append& append) {
    json::object object;
    put(object, "topic", append.topic);
    put(object, "key", append.key);
    object["partition"] = append.partition;
    object["offset"] = append.offset;
    object["order"] = append.order ? json::value(*append.order) : json::value(nullptr);
    return json::serialize(object) + "\n";
}

}  // namespace bkes::proxy
