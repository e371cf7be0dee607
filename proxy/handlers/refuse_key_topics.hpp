#pragma once
// Refusing the key topics of a request while the rest of it goes on (contract section 9): they are
// taken out, and what they get is put into the answer to the rest. A request is looked over first
// and passes as it came if it names none.
//
// All of it on the session's thread, during the call of a handler.

#include "protocol/wire/codec.hpp"
#include "proxy/handlers/refused_topic.hpp"
#include "proxy/handlers/requested_topics.hpp"
#include "proxy/handlers/split_request.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace bkes::proxy {

/// Which of the fields that `locate` met names a key topic: see field_rules::topic.
inline bool is_key_topic(const server_state& server, const protocol::located_field& field) {
    switch (field.topic) {
        case protocol::topic_reference::name:
            return server.key_topics.kind_of(field.value) != topic_kind::real;
        case protocol::topic_reference::id: {
            uuid id;
            std::ranges::copy(field.value, id.octets.begin());
            return is_key_topic_id(id);
        }
        case protocol::topic_reference::none:
            break;
    }
    return false;
}

/// Walks over the request. Empty if it is malformed: then the session is closed.
template <class Request>
std::optional<bool> names_key_topic(session& client, const client_request& request) {
    bool found = false;
    const auto visit = [&](const protocol::located_field& field) {
        found = is_key_topic(client.server(), field);
        return found ? protocol::walk::stop : protocol::walk::go_on;
    };
    if (!protocol::locate<Request>(request.body, request.api_version, visit)) {
        client.close(disconnect::malformed_request, Request::schema.name);
        return std::nullopt;
    }
    return found;
}

template <class Topic>
std::vector<Topic>* list_in(std::vector<Topic>& topics) {
    return &topics;
}

/// Null means all topics.
template <class Topic>
std::vector<Topic>* list_in(std::optional<std::vector<Topic>>& topics) {
    return topics ? &*topics : nullptr;
}

/// Moves the key topics out of `asked`, with an answer to each in `answers`. True if topics of the
/// brokers are left.
template <class Asked, class Answer, class Refuse>
bool take_key_topics(server_state& server, Asked& asked, std::vector<Answer>& answers,
                     Refuse refuse) {
    auto* const topics = list_in(asked);
    if (topics == nullptr) {
        return true;
    }
    std::erase_if(*topics, [&](const auto& topic) {
        const std::optional<bytes_view> name = name_of(topic);
        const auto what = classify(server, name.value_or(bytes_view{}), id_of(topic));
        if (what.is_real()) {
            return false;
        }
        const auto error = what.is_unknown_id() ? protocol::kafka_error::unknown_topic_id
                                                : protocol::kafka_error::invalid_topic_exception;
        auto& answer = answers.emplace_back();
        name_alike(topic, answer);
        refuse(topic, answer, code_of(error));
        return true;
    });
    return !topics->empty();
}

/// Groups, markers and the like, with topics in each: `take(part)` as take_key_topics. Those that
/// held key topics alone go too. True if any are left.
template <class Part, class Take>
bool take_from_each(std::vector<Part>& parts, Take take) {
    std::erase_if(parts, [&](Part& part) {
        const auto* const topics = list_in(part.topics);
        return topics != nullptr && !topics->empty() && !take(part);
    });
    return !parts.empty();
}

template <class Element>
void append(std::vector<Element>& to, std::vector<Element>& from) {
    std::ranges::move(from, std::back_inserter(to));
}

/// Adds the topics of each part in `from` to those of the same part in `to`.
template <class Part, class Id, class Topics>
void merge_by(std::vector<Part>& to, std::vector<Part>& from, Id Part::* id,
              Topics Part::* topics) {
    for (auto& part : from) {
        if ((part.*topics).empty()) {
            continue;
        }
        const auto same = std::ranges::find(to, part.*id, id);
        if (same == to.end()) {
            to.push_back(std::move(part));
        } else {
            append((*same).*topics, part.*topics);
        }
    }
}

template <class Response, class Merge>
class split_refusal : public split_request<Response> {
  public:
    split_refusal(session& client, const client_request& request, Merge merge)
        : split_request<Response>{client, request}, merge_{std::move(merge)} {}

  private:
    void merge(Response& response) override { merge_(response, this->own); }

    Merge merge_;
};

/// For a request that names key topics. `take(server, asked, own)` moves them out of the request
/// and answers them in `own`, as its result says whether the rest goes on. `merge(response, own)`
/// puts these answers into the brokers'.
template <class Request, class Response, class Take, class Merge>
request_route split_off_key_topics(session& client, const client_request& request, Take take,
                                   Merge merge) {
    const auto split =
        std::make_shared<split_refusal<Response, Merge>>(client, request, std::move(merge));
    // What is answered points into the request, whose frame is gone by then.
    auto asked = protocol::decode<Request>(split->keep(request.body), request.api_version);
    if (!asked) {
        client.close(disconnect::malformed_request, Request::schema.name);
        return request_route::close;
    }
    const bool has_rest = take(client.server(), *asked, split->own);
    split->start(client, request, *asked, !has_rest);
    split->own_done();
    return request_route::handled;
}

/// The same for any request: without key topics it passes as it came.
template <class Request, class Response, class Take, class Merge>
request_route refuse_key_topics(session& client, const client_request& request, Take take,
                                Merge merge) {
    const auto found = names_key_topic<Request>(client, request);
    if (!found) {
        return request_route::close;
    }
    if (*found) {
        return split_off_key_topics<Request, Response>(client, request, take, merge);
    }
    client.expect_upstream(request);
    return request_route::relay;
}

/// For a request with one list of topics and a response with one list of answers to them.
/// `refuse(topic, answer, code)` says what a key topic gets; its name is there already.
template <class Request, class Asked, class Response, class Answers, class Refuse>
request_route refuse_key_topics(session& client, const client_request& request,
                                Asked Request::* asked_topics, Answers Response::* answers,
                                Refuse refuse) {
    return refuse_key_topics<Request, Response>(
        client, request,
        [=](server_state& server, Request& asked, Response& own) {
            return take_key_topics(server, asked.*asked_topics, own.*answers, refuse);
        },
        [=](Response& response, Response& own) { append(response.*answers, own.*answers); });
}

}  // namespace bkes::proxy
