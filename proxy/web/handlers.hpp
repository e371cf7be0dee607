#pragma once
// One function for each path of the HTTP API; docs/http-api.yaml says what they take and give.

#include "proxy/web/problem.hpp"
#include "proxy/web/web_state.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace bkes::proxy {

struct web_request {
    credentials who{};
    bytes topic{};
    bytes key{};  ///< a segment of the path, decoded
    std::string query{};
    std::string last_event_id{};
};

using web_answer = boost::asio::awaitable<or_problem<http_answer>>;

web_answer answer_topics(std::shared_ptr<web_state> web, web_request request);
web_answer answer_keys(std::shared_ptr<web_state> web, web_request request);
web_answer answer_events(std::shared_ptr<web_state> web, web_request request);
web_answer answer_tail(std::shared_ptr<web_state> web, web_request request);
web_answer answer_conflicts(std::shared_ptr<web_state> web, web_request request);

}  // namespace bkes::proxy
