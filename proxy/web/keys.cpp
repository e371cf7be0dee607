// The keys of a guarded topic, page by page.

#include "protocol/messages/list_keys.hpp"
#include "proxy/web/answers.hpp"
#include "proxy/web/event_json.hpp"
#include "sync/sasl/base64.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace bkes::proxy {

using protocol::list_keys_request;
using protocol::list_keys_response;

namespace {

constexpr std::int64_t keys_default = 100;
constexpr std::int64_t keys_max = 1'000;

struct wanted_keys {
    bytes prefix;
    std::optional<bytes> after;
    std::int64_t limit = keys_default;
};

or_problem<wanted_keys> read_wanted(std::string_view query) {
    const auto parameters =
        web_parameters::read(query, {"prefix", "prefix64", "after", "after64", "limit"});
    if (!parameters) {
        return std::unexpected{parameters.error()};
    }
    auto prefix = parameters->bytes_of("prefix");
    auto after = parameters->bytes_of("after");
    const auto limit = parameters->number("limit", 1, keys_max);
    if (!prefix || !after || !limit) {
        return std::unexpected{!prefix ? prefix.error() : !after ? after.error() : limit.error()};
    }
    return wanted_keys{.prefix = prefix->value_or(""),
                       .after = std::move(*after),
                       .limit = limit->value_or(keys_default)};
}

using listed = or_problem<kafka_users::answered<list_keys_response>>;

boost::asio::awaitable<listed> list(web_state& web, const credentials& who,
                                    const list_keys_request& request) {
    auto answered = co_await web.users->ask<list_keys_response>(who, request);
    if (answered && answered->response.error_code != 0) {
        co_return std::unexpected{
            problem_of(answered->response.error_code, answered->response.error_message)};
    }
    co_return answered;
}

}  // namespace

web_answer answer_keys(std::shared_ptr<web_state> web, web_request request) {
    const auto wanted = read_wanted(request.query);
    if (!wanted) {
        co_return std::unexpected{wanted.error()};
    }
    list_keys_request question{
        .topic = request.topic,
        .prefix = wanted->prefix,
        .after = wanted->after ? std::optional<bytes_view>{*wanted->after} : std::nullopt,
        .limit = static_cast<std::int32_t>(wanted->limit)};
    bytes last;
    boost::json::array keys;
    {
        const auto page = co_await list(*web, request.who, question);
        if (!page) {
            co_return std::unexpected{page.error()};
        }
        for (const auto& one : page->response.keys) {
            keys.push_back(json_of(one));
            last = one.key;
        }
    }
    boost::json::value next = nullptr;
    if (!keys.empty()) {  // a page that isn't full need not be the last one
        question.after = last;
        question.limit = 1;
        const auto more = co_await list(*web, request.who, question);
        if (!more) {
            co_return std::unexpected{more.error()};
        }
        if (!more->response.keys.empty()) {
            next = fmt::format("/api/v1/topics/{}/keys?prefix64={}&after64={}&limit={}",
                               percent_encoded(request.topic),
                               percent_encoded(sync::base64_encode(wanted->prefix)),
                               percent_encoded(sync::base64_encode(last)), wanted->limit);
        }
    }
    co_return json_answer({{"keys", std::move(keys)}, {"next", std::move(next)}});
}

}  // namespace bkes::proxy
