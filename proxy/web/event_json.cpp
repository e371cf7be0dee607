#include "proxy/web/event_json.hpp"

#include "proxy/log/text.hpp"
#include "sync/sasl/base64.hpp"

#include <boost/json/array.hpp>

#include <string>
#include <utility>

namespace bkes::proxy {

namespace json = boost::json;

void put_bytes(json::object& object, std::string_view name, std::optional<bytes_view> data) {
    const std::string encoding_name = std::string{name} + "_encoding";
    auto& value = object[json::string_view{name.data(), name.size()}];
    if (!data) {
        value = nullptr;
        object[encoding_name] = nullptr;
    } else if (is_utf8(*data)) {
        value = json::string_view{data->data(), data->size()};
        object[encoding_name] = "utf-8";
    } else {
        value = sync::base64_encode(*data);
        object[encoding_name] = "base64";
    }
}

json::object json_of(const decoded_event& event) {
    json::array headers;
    protocol::for_each_header(event.record->encoded_headers,
                              [&](const protocol::record_header& header) {
                                  json::object one;
                                  put_bytes(one, "key", header.key);
                                  put_bytes(one, "value", header.value);
                                  headers.push_back(std::move(one));
                              });
    json::object object{{"order", event.order},
                        {"offset", event.offset},
                        {"timestamp", event.timestamp_ms},
                        {"headers", std::move(headers)}};
    put_bytes(object, "value", event.record->value);
    return object;
}

json::object json_of(const protocol::list_keys_response::aggregate& aggregate) {
    json::object object;
    put_bytes(object, "key", aggregate.key);
    object["partition"] = aggregate.partition;
    object["start_order"] = aggregate.start_order;
    object["next_order"] = aggregate.next_order;
    object["last_offset"] = aggregate.last_log_offset;
    object["last_timestamp"] = aggregate.last_timestamp;
    return object;
}

}  // namespace bkes::proxy
