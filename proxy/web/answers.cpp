#include "proxy/web/answers.hpp"

#include "protocol/kafka_error.hpp"
#include "proxy/log/text.hpp"

#include <boost/json/serialize.hpp>

#include <utility>

namespace bkes::proxy {

using protocol::fetch_by_key_request;
using protocol::fetch_by_key_response;
using protocol::kafka_error;

namespace {

/// Behind the end of an aggregate there are no events, which is no error here.
bool is_refused(std::int16_t error_code) {
    return error_code != 0 &&
           error_code != static_cast<std::int16_t>(kafka_error::offset_out_of_range);
}

}  // namespace

http_answer json_answer(const boost::json::object& object) {
    return {.content_type = "application/json", .body = boost::json::serialize(object) + "\n"};
}

problem problem_of(std::int16_t error_code, std::optional<bytes_view> message) {
    const auto error = static_cast<kafka_error>(error_code);
    const auto text = without_controls(message.value_or(protocol::name_of(error)));
    switch (error) {
        case kafka_error::topic_authorization_failed:
            return {403, text};
        case kafka_error::unknown_topic_or_partition:
        case kafka_error::invalid_topic_exception:
            return {404, text};
        case kafka_error::invalid_request:
            return {400, text};
        case kafka_error::not_leader_or_follower:
        case kafka_error::leader_not_available:
            return {503, text};
        default:
            return {500, text};
    }
}

or_problem<bytes> key_of(const web_request& request, const web_parameters& parameters) {
    const auto encoded = parameters.text("key64");
    if (!encoded) {
        return request.key;
    }
    auto key = read_base64(*encoded);
    if (!key) {
        return std::unexpected{problem{400, "key64 is no Base64"}};
    }
    return std::move(*key);
}

boost::asio::awaitable<or_problem<read_events>> read_events_of(web_state& web, credentials who,
                                                               wanted_events wanted) {
    fetch_by_key_request request{.topic = wanted.topic, .max_bytes = wanted.bytes_max};
    request.keys.push_back({.key = wanted.key,
                            .from_order = wanted.from,
                            .max_bytes = wanted.bytes_max,
                            .direction = wanted.is_downwards ? fetch_by_key_request::descending
                                                             : fetch_by_key_request::ascending,
                            .max_events = wanted.events_max});
    auto answered = co_await web.users->ask<fetch_by_key_response>(who, request);
    if (!answered) {
        co_return std::unexpected{std::move(answered.error())};
    }
    const auto& response = answered->response;
    if (response.error_code != 0) {
        co_return std::unexpected{problem_of(response.error_code, response.error_message)};
    }
    if (response.keys.size() == 1 && is_refused(response.keys.front().error_code)) {
        co_return std::unexpected{
            problem_of(response.keys.front().error_code, response.keys.front().error_message)};
    }
    auto events = response.keys.size() == 1 ? decode_events(response.keys.front()) : std::nullopt;
    if (!events) {
        co_return std::unexpected{problem{500, "the answer of bkes makes no sense"}};
    }
    co_return read_events{std::move(*answered), std::move(*events)};
}

}  // namespace bkes::proxy
