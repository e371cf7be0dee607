// Conflicts as they happen, as Server-Sent Events: those remembered, then new ones. Each user hears of
// those whose key he may read, which the brokers say as ever.

#include "protocol/kafka_error.hpp"
#include "proxy/config/values.hpp"
#include "proxy/web/answers.hpp"
#include "proxy/web/event_json.hpp"
#include "proxy/web/stream_rest.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <chrono>
#include <limits>
#include <vector>

namespace bkes::proxy {

using protocol::fetch_by_key_request;
using protocol::fetch_by_key_response;
using protocol::kafka_error;

namespace {

constexpr std::chrono::milliseconds ask_again_after{1'000};
constexpr std::chrono::hours until_woken{1'000'000};

/// Numbers begin anew with each process, so an id says whose it is.
std::int64_t this_run() {
    static const auto began = std::chrono::duration_cast<std::chrono::milliseconds>(
                                  std::chrono::system_clock::now().time_since_epoch())
                                  .count();
    return began;
}

std::string text_of(const seen_conflict& conflict) {
    boost::json::object object{{"time", conflict.time_ms}};
    put_bytes(object, "key", conflict.key);
    object["partition"] = conflict.partition.value();
    object["expected"] = conflict.expected.value();
    object["got"] =
        conflict.got ? boost::json::value(conflict.got->value()) : boost::json::value(nullptr);
    put_bytes(object, "client_id", conflict.client_id);
    return fmt::format("id: {}-{}\ndata: {}\n\n", this_run(), conflict.number,
                       boost::json::serialize(object));
}

/// That a client of this process heard of last; 0: none.
std::uint64_t last_heard(std::string_view event_id) {
    const auto run = fmt::format("{}-", this_run());
    if (!event_id.starts_with(run)) {
        return 0;
    }
    const auto number =
        parse_number(event_id.substr(run.size()), 0, std::numeric_limits<std::int64_t>::max());
    return static_cast<std::uint64_t>(number.value_or(0));
}

bool is_forbidden(std::int16_t error_code) {
    return error_code == static_cast<std::int16_t>(kafka_error::topic_authorization_failed);
}

/// The same that reading the aggregates would say, without reading an event.
fetch_by_key_request question_about(bytes_view topic, const std::vector<seen_conflict>& conflicts) {
    fetch_by_key_request request{.topic = topic};
    for (const auto& one : conflicts) {
        request.keys.push_back(
            {.key = one.key, .from_order = -1, .direction = fetch_by_key_request::descending});
    }
    return request;
}

/// Those of the conflicts that `who` may hear of, as text.
boost::asio::awaitable<or_problem<std::string>> told_to(web_state& web, const credentials& who,
                                                        bytes_view topic,
                                                        std::vector<seen_conflict> conflicts) {
    const auto question = question_about(topic, conflicts);
    const auto answered = co_await web.users->ask<fetch_by_key_response>(who, question);
    if (!answered) {
        co_return std::unexpected{answered.error()};
    }
    const auto& response = answered->response;
    if (response.error_code != 0 || response.keys.size() != conflicts.size()) {
        co_return std::unexpected{problem_of(response.error_code, response.error_message)};
    }
    std::string text;
    for (std::size_t index = 0; index < conflicts.size(); ++index) {
        if (!is_forbidden(response.keys[index].error_code)) {
            text += text_of(conflicts[index]);
        }
    }
    co_return text;
}

boost::asio::awaitable<void> tell_conflicts(std::shared_ptr<web_state> web, web_request request,
                                            http_stream& client) {
    stream_rest pause{*web, client};
    if (pause.is_over()) {
        co_return;  // and the log may be gone
    }
    const auto listening = web->conflicts.listen(web->context, [&pause] { pause.wake(); });
    auto heard = last_heard(request.last_event_id);
    bool goes_on = co_await client.write("retry: 1000\n\n");
    while (goes_on && !pause.is_over()) {
        auto fresh = web->conflicts.after(heard);
        const auto newest = fresh.empty() ? heard : fresh.back().number;
        std::erase_if(fresh, [&](const auto& one) { return one.topic != request.topic; });
        if (fresh.empty()) {
            heard = newest;
            goes_on = co_await pause.rest(until_woken);
            continue;
        }
        const auto text = co_await told_to(*web, request.who, request.topic, std::move(fresh));
        if (!text && text.error().is_passing()) {
            goes_on = co_await pause.rest(ask_again_after);
            continue;
        }
        if (!text) {
            co_await client.write(text_of(text.error()));
            co_return;
        }
        heard = newest;
        goes_on = text->empty() || co_await client.write(*text);
    }
}

}  // namespace

/// Whoever may read no key at all gets a stream without conflicts; nobody, and a topic that isn't
/// guarded, are refused at once.
web_answer answer_conflicts(std::shared_ptr<web_state> web, web_request request) {
    const auto parameters = web_parameters::read(request.query, {});
    if (!parameters) {
        co_return std::unexpected{parameters.error()};
    }
    const auto allowed = co_await told_to(*web, request.who, request.topic, {});
    if (!allowed) {
        co_return std::unexpected{allowed.error()};
    }
    co_return stream_answer([web, request = std::move(request)](http_stream& client) {
        return tell_conflicts(web, request, client);
    });
}

}  // namespace bkes::proxy
