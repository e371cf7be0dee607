#pragma once
// What the functions of handlers.hpp have in common.

#include "protocol/messages/fetch_by_key.hpp"
#include "proxy/client/decoded_events.hpp"
#include "proxy/http/http_message.hpp"
#include "proxy/web/handlers.hpp"
#include "proxy/web/web_request.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>

namespace bkes::proxy {

http_answer json_answer(const boost::json::object& object);

/// What an error of Kafka's means here; `message` as bkes or the broker wrote it.
problem problem_of(std::int16_t error_code, std::optional<bytes_view> message);

/// The key that a request is about: `key64` says it in the place of the path's segment.
or_problem<bytes> key_of(const web_request& request, const web_parameters& parameters);

struct wanted_events {
    bytes topic;
    bytes key;
    std::int64_t from = 0;
    std::int32_t events_max = 0;
    std::int32_t bytes_max = 0;
    bool is_downwards = false;
};

/// Of one aggregate. `events` are valid as long as it lives.
struct read_events {
    kafka_users::answered<protocol::fetch_by_key_response> answered;
    decoded_events events;

    [[nodiscard]] const protocol::fetch_by_key_response::aggregate& aggregate() const {
        return answered.response.keys.front();
    }
};

/// None, if `from` is past the end.
boost::asio::awaitable<or_problem<read_events>> read_events_of(web_state& web, credentials who,
                                                               wanted_events wanted);

}  // namespace bkes::proxy
