#include "proxy/client/kafka_connection.hpp"

#include "protocol/api_table.hpp"
#include "protocol/frame.hpp"
#include "protocol/kafka_error.hpp"
#include "protocol/messages/api_versions.hpp"
#include "protocol/messages/sasl_authenticate.hpp"
#include "protocol/messages/sasl_handshake.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>

namespace bkes::proxy {

namespace asio = boost::asio;

namespace {

/// bkes itself never sends more (frame.bytes.max can't be larger).
constexpr std::size_t answer_bytes_max = 0x7fffffff;

constexpr auto resume_asking = asio::as_tuple(asio::use_awaitable);

std::unexpected<ask_failure> lost(const boost::system::error_code& failed) {
    return std::unexpected{ask_failure{ask_failure::kind::lost, failed}};
}

}  // namespace

asio::awaitable<asked<void>> kafka_connection::learn_versions() {
    const protocol::api_versions_request question;
    offered_[question.schema.key] = {.min = 0, .max = 0};
    const auto response = co_await ask<protocol::api_versions_response>(question);
    if (!response) {
        co_return std::unexpected{response.error()};
    }
    for (const auto& row : response->api_keys) {
        offered_[row.api_key] = {.min = row.min_version, .max = row.max_version};
    }
    co_return asked<void>{};
}

asio::awaitable<asked<std::optional<login_refusal>>> kafka_connection::log_in(
    sync::sasl_client& login) {
    protocol::sasl_handshake_request handshake;
    handshake.mechanism = login.mechanism();
    const auto chosen = co_await ask<protocol::sasl_handshake_response>(handshake);
    if (!chosen) {
        co_return std::unexpected{chosen.error()};
    }
    if (chosen->error_code != 0) {
        login_refusal refused{.why = "another mechanism is wanted"};
        refused.mechanisms.assign(chosen->mechanisms.begin(), chosen->mechanisms.end());
        co_return refused;
    }
    std::optional<bytes> token = login.first_message();
    while (token) {
        protocol::sasl_authenticate_request step;
        step.auth_bytes = *token;
        const auto answer = co_await ask<protocol::sasl_authenticate_response>(step);
        if (!answer) {
            co_return std::unexpected{answer.error()};
        }
        if (answer->error_code != 0) {
            co_return login_refusal{
                .why = std::string{answer->error_message.value_or(
                    protocol::name_of(protocol::kafka_error{answer->error_code}))}};
        }
        auto next = login.answered(answer->auth_bytes);
        if (!next) {
            co_return login_refusal{.why = next.error().message()};
        }
        token = std::move(*next);
    }
    co_return std::optional<login_refusal>{};
}

bool kafka_connection::offers(protocol::api_key key) const {
    return offered_.contains(std::to_underlying(key));
}

bool kafka_connection::offers(protocol::api_key key, std::int16_t version) const {
    const auto offered = offered_.find(std::to_underlying(key));
    return offered != offered_.end() && offered->second.contains(version);
}

std::optional<std::int16_t> kafka_connection::version_of(std::int16_t key,
                                                         protocol::version_range ours) const {
    const auto theirs = offered_.find(key);
    const bool is_shared = theirs != offered_.end() && theirs->second.max >= ours.min &&
                           theirs->second.min <= ours.max;
    return is_shared ? std::optional{std::min(theirs->second.max, ours.max)} : std::nullopt;
}

asio::awaitable<asked<bytes_view>> kafka_connection::exchange(bytes request, std::int16_t key,
                                                              std::int16_t version) {
    const auto [broken, written] =
        co_await stream_.async_write(asio::buffer(request), resume_asking);
    if (broken) {
        co_return lost(broken);
    }
    std::array<char, protocol::frame_prefix_size> prefix{};
    const auto [ended, count] =
        co_await asio::async_read(stream_, asio::buffer(prefix), resume_asking);
    if (ended) {
        co_return lost(ended);
    }
    const auto size = protocol::read_frame_size({prefix.data(), prefix.size()}, answer_bytes_max);
    if (size.fault != protocol::frame_fault::none) {
        co_return lost(asio::error::message_size);
    }
    // Grows with what arrives, so a lying size takes no memory.
    frame_.clear();
    const auto [cut, rest] =
        co_await asio::async_read(stream_, asio::dynamic_buffer(frame_, size.bytes),
                                  asio::transfer_exactly(size.bytes), resume_asking);
    if (cut) {
        co_return lost(cut);
    }
    const auto response =
        protocol::decode_response_header(frame_, *protocol::find_api(key), version);
    if (!response || response->correlation_id != correlation_id_) {
        co_return std::unexpected{ask_failure{ask_failure::kind::malformed}};
    }
    co_return response->body;
}

}  // namespace bkes::proxy
