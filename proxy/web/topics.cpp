// The guarded topics that a user may see.

#include "protocol/messages/metadata.hpp"
#include "proxy/web/answers.hpp"

#include <boost/json/array.hpp>

namespace bkes::proxy {

using protocol::metadata_request;
using protocol::metadata_response;

web_answer answer_topics(std::shared_ptr<web_state> web, web_request request) {
    const auto parameters = web_parameters::read(request.query, {});
    if (!parameters) {
        co_return std::unexpected{parameters.error()};
    }
    metadata_request question;
    question.topics.emplace();
    for (const auto& topic : web->topics) {
        question.topics->push_back({.topic_id = {}, .name = topic});
    }
    question.allow_auto_topic_creation = false;
    const auto answered = co_await web->users->ask<metadata_response>(request.who, question);
    if (!answered) {
        co_return std::unexpected{answered.error()};
    }
    boost::json::array topics;
    for (const auto& topic : answered->response.topics) {
        if (topic.error_code == 0 && topic.name) {
            topics.push_back(boost::json::object{
                {"topic", boost::json::string_view{topic.name->data(), topic.name->size()}},
                {"partitions", topic.partitions.size()}});
        }
    }
    co_return json_answer(
        {{"bootstrap_servers", web->bootstrap_servers}, {"topics", std::move(topics)}});
}

}  // namespace bkes::proxy
