// session: what the broker is asked about the client's rights (contract section 8).
//
// With the client's own connection, so by its own principal; in the order of its requests, as the
// broker answers a connection in order; and never within a login, when a broker takes nothing else
// (KIP-152, KIP-368). Whoever isn't logged in gets no answer: then the broker ends the connection.

#include "protocol/api_table.hpp"
#include "protocol/frame.hpp"
#include "protocol/header.hpp"
#include "protocol/kafka_error.hpp"
#include "protocol/messages/metadata.hpp"
#include "proxy/session/own_question.hpp"
#include "proxy/session/server_state.hpp"
#include "proxy/session/session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace bkes::proxy {

namespace asio = boost::asio;
using boost::system::error_code;
using protocol::kafka_error;
using protocol::metadata_request;
using protocol::metadata_response;

namespace {

/// The first with authorized operations (KIP-430); every broker has it since 2.3.
constexpr std::int16_t question_version = 8;

constexpr auto not_told = std::numeric_limits<protocol::authorized_operations>::min();

metadata_request question_about(const std::vector<std::string>& topics) {
    metadata_request question;
    for (const auto& topic : topics) {
        question.topics->push_back({.topic_id = {}, .name = topic});
    }
    question.allow_auto_topic_creation = false;
    question.include_topic_authorized_operations = true;
    return question;
}

/// A topic may lack a leader, or not be there at all: its name has rights all the same.
bool is_answer_about_rights(std::int16_t error_code) {
    switch (static_cast<kafka_error>(error_code)) {
        case kafka_error::none:
        case kafka_error::unknown_topic_or_partition:
        case kafka_error::leader_not_available:
        case kafka_error::invalid_topic_exception:
        case kafka_error::topic_authorization_failed:
            return true;
        default:
            return false;
    }
}

}  // namespace

void session::set_client_id(std::optional<bytes_view> client_id) {
    if (const auto given = client_id.value_or(bytes_view{}); client_id_ != given) {
        client_id_ = given;
    }
}

/// For the request that is dispatched next.
session::awaitable session::await_rights() {
    request_waits_since_ = std::min(request_waits_since_, client_rights::time_point::clock::now());
    ask_wanted_rights();
    co_await write_upstream({});
    while (rights_.is_asking() && takes_requests()) {
        co_await wait_for_progress();
    }
}

void session::ask_rights(answer_id id, client_rights::waiter known) {
    owed_.set_needs_upstream(id, true);
    rights_.when_known([this, id, known = std::move(known)]() mutable {
        owed_.set_needs_upstream(id, false);
        known();
    });
    ask_wanted_rights();
    asio::post(context_, [self = shared_from_this()] {
        if (self->has_upstream_ended_) {
            self->upstream_ended();
        } else {
            self->write_own();
        }
    });
}

void session::login_answered() {
    ask_wanted_rights();
    write_own();
}

/// Its place in the order of requests is here: nothing that comes later reaches the broker earlier.
void session::ask_wanted_rights() {
    if (!rights_.may_ask() || !takes_requests() || sasl_.is_under_way()) {
        return;
    }
    const auto topics = rights_.ask(client_rights::time_point::clock::now());
    counts_.rights_asked.add(topics.size());
    const bool is_asked =
        add_own_question({question_about(topics), question_version, rights_question_id, client_id_},
                         owed_, to_upstream_, [this](answer_id id, bytes_view answer) {
                             rights_answered(answer);
                             owed_.complete(id, {});
                         });
    if (!is_asked) {
        close(disconnect::internal_error, "a question about rights");
    }
}

void session::rights_answered(bytes_view frame) {
    const auto view = protocol::decode_response_header(
        frame.substr(protocol::frame_prefix_size),
        *protocol::find_api(metadata_response::schema.key), question_version);
    const auto answer = view ? protocol::decode<metadata_response>(view->body, question_version)
                             : result<metadata_response>{failure{view.error()}};
    if (!answer) {
        close(disconnect::unexpected_response, metadata_response::schema.name);
        return;
    }
    for (const auto& topic : answer->topics) {
        if (!is_answer_about_rights(topic.error_code)) {  // in the midst of a login, say
            close(disconnect::unexpected_response,
                  fmt::format("to a question about rights: error={}", topic.error_code));
            return;
        }
        const auto operations =
            topic.topic_authorized_operations == not_told ? 0 : topic.topic_authorized_operations;
        counts_.rights_refused.add(operations == 0 ? 1 : 0);
        rights_.told(topic.name.value_or(bytes_view{}), operations);
    }
    for (auto& known : rights_.question_answered()) {
        known();
    }
    ask_wanted_rights();
    write_own();
}

/// Writes questions, unless the reader of the client writes: it goes on with them then.
void session::write_own() {
    if (reader_writes_ || upstream_write_in_progress_ || to_upstream_.empty() ||
        !takes_requests()) {
        return;
    }
    was_upstream_used_ = true;
    upstream_write_in_progress_ = true;
    own_on_its_way_ = std::exchange(to_upstream_, {});
    upstream_.async_write(asio::buffer(own_on_its_way_),
                          [self = shared_from_this()](const error_code& broken, std::size_t) {
                              self->upstream_write_in_progress_ = false;
                              self->is_upstream_broken_ = self->is_upstream_broken_ || broken;
                              self->write_own();
                              self->progress();
                          });
}

}  // namespace bkes::proxy
