#include "proxy/commands/kafka_client.hpp"

#include "protocol/api_key.hpp"
#include "protocol/frame.hpp"
#include "protocol/kafka_error.hpp"
#include "protocol/messages/api_versions.hpp"
#include "protocol/messages/sasl_authenticate.hpp"
#include "protocol/messages/sasl_handshake.hpp"
#include "proxy/log/text.hpp"
#include "sync/net/connect_in_turn.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace bkes::proxy {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// bkes itself never sends more (frame.bytes.max can't be larger).
constexpr std::size_t response_bytes_max = 0x7fffffff;

constexpr std::chrono::milliseconds stop_asked_each{50};

}  // namespace

/// Starts one asynchronous operation and waits for it. `start(finish)` passes `finish` on as the
/// handler or calls it with the error code. Past the deadline the connection is closed.
template <class Start>
error_code kafka_client::run(std::chrono::steady_clock::time_point deadline, Start start) {
    bool is_done = false;
    error_code outcome_code;
    start([&](const error_code& ec, const auto&...) {
        is_done = true;
        outcome_code = ec;
    });
    const auto is_stopped = [this] { return is_stopped_ && is_stopped_(); };
    const auto is_late = [deadline] { return std::chrono::steady_clock::now() >= deadline; };
    context_.restart();
    while (!is_done && !context_.stopped() && !is_late() && !is_stopped()) {
        context_.run_until(
            is_stopped_ ? std::min(deadline, std::chrono::steady_clock::now() + stop_asked_each)
                        : deadline);
    }
    if (is_done) {
        return outcome_code;
    }
    stream_.close();
    context_.restart();
    context_.run();
    return is_stopped() ? asio::error::operation_aborted : asio::error::timed_out;
}

outcome<std::unique_ptr<kafka_client>> kafka_client::connect(
    std::span<const host_port> servers, std::chrono::milliseconds limit,
    const std::shared_ptr<sync::link_security>& security, const std::function<bool()>& is_stopped) {
    command_failure newest{exit_unreachable, "no address of bkes is given"};
    for (const auto& server : servers) {
        auto client = std::make_unique<kafka_client>(limit, security);
        client->is_stopped_ = is_stopped;
        auto opened = client->open(server);
        if (opened) {
            opened = client->learn_versions();
        }
        if (opened && security->wants_login()) {
            opened = client->log_in();
        }
        if (opened) {
            return client;
        }
        newest = std::move(opened.error());
    }
    return give_up{std::move(newest)};
}

outcome<void> kafka_client::open(const host_port& server) {
    peer_ = to_string(server);
    const auto deadline = std::chrono::steady_clock::now() + limit_;
    error_code failed;
    // Not under the limit: getaddrinfo can't be interrupted, and has limits of its own.
    const auto found =
        tcp::resolver{context_}.resolve(server.host, std::to_string(server.port), failed);
    if (!failed) {
        failed = run(deadline, [&](auto finish) {
            sync::async_connect_in_turn(stream_.socket(), sync::endpoints_of(found), limit_,
                                        finish);
        });
    }
    if (const auto tls = security_->tls(); !failed && tls) {
        failed =
            run(deadline, [&](auto finish) { stream_.async_handshake(*tls, server.host, finish); });
    }
    if (failed) {
        return give_up{
            {exit_unreachable, fmt::format("can't reach bkes at {}: {}", peer_, failed.message())}};
    }
    stream_.socket().set_option(tcp::no_delay{true}, failed);
    return {};
}

outcome<void> kafka_client::log_in() {
    const auto refused = [this](std::string_view why) {
        return give_up{{exit_refused, fmt::format("{} refuses the login: {}; check the settings "
                                                  "kafka.sasl.*",
                                                  peer_, without_controls(why))}};
    };
    const auto made = security_->new_login();
    if (!made) {
        return give_up{{exit_unreachable, "no token to log in with: " + made.error()}};
    }
    const auto& login = *made;
    protocol::sasl_handshake_request handshake;
    handshake.mechanism = login->mechanism();
    const auto chosen = ask<protocol::sasl_handshake_response>(handshake);
    if (!chosen) {
        return give_up{chosen.error()};
    }
    if (chosen->error_code != 0) {
        return refused(fmt::format("it has {}", fmt::join(chosen->mechanisms, ", ")));
    }
    for (std::optional<bytes> token = login->first_message(); token;) {
        protocol::sasl_authenticate_request step;
        step.auth_bytes = *token;
        const auto answer = ask<protocol::sasl_authenticate_response>(step);
        if (!answer) {
            return give_up{answer.error()};
        }
        if (answer->error_code != 0) {
            return refused(answer->error_message.value_or(
                protocol::name_of(protocol::kafka_error{answer->error_code})));
        }
        auto next = login->answered(answer->auth_bytes);
        if (!next) {
            return refused(next.error().message());
        }
        token = std::move(*next);
    }
    return {};
}

outcome<void> kafka_client::learn_versions() {
    const auto key = protocol::api_versions_request::schema.key;
    offered_[key] = {.min = 0, .max = 0};
    const auto response = ask<protocol::api_versions_response>(protocol::api_versions_request{});
    if (!response) {
        return give_up{response.error()};
    }
    for (const auto& row : response->api_keys) {
        offered_[row.api_key] = {.min = row.min_version, .max = row.max_version};
    }
    for (const auto extension : {protocol::api_key::fetch_by_key, protocol::api_key::list_keys}) {
        if (!offered_.contains(std::to_underlying(extension))) {
            return give_up{
                {exit_refused, fmt::format("{} is not a bkes: it answers as a Kafka broker without "
                                           "bkes' requests; --bootstrap-servers has to name bkes",
                                           peer_)}};
        }
    }
    return {};
}

bool kafka_client::offers(protocol::api_key key, std::int16_t version) const {
    const auto offered = offered_.find(std::to_underlying(key));
    return offered != offered_.end() && offered->second.contains(version);
}

outcome<std::int16_t> kafka_client::version_of(std::int16_t key,
                                               protocol::version_range ours) const {
    const auto theirs = offered_.find(key);
    if (theirs == offered_.end() || theirs->second.max < ours.min ||
        theirs->second.min > ours.max) {
        return give_up{
            {exit_refused, fmt::format("{} offers no version of request {} that this program knows",
                                       peer_, key)}};
    }
    return std::min(theirs->second.max, ours.max);
}

outcome<bytes_view> kafka_client::exchange(bytes_view request, std::int16_t key,
                                           std::int16_t version, std::chrono::milliseconds limit) {
    if (const auto failed = transfer(request, limit)) {
        return give_up{lost(failed)};
    }
    const auto response =
        protocol::decode_response_header(frame_, *protocol::find_api(key), version);
    if (!response || response->correlation_id != correlation_id_) {
        return give_up{malformed()};
    }
    return response->body;
}

error_code kafka_client::transfer(bytes_view request, std::chrono::milliseconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    auto failed =
        run(deadline, [&](auto finish) { stream_.async_write(asio::buffer(request), finish); });
    std::array<char, protocol::frame_prefix_size> prefix{};
    if (!failed) {
        failed = run(deadline,
                     [&](auto finish) { asio::async_read(stream_, asio::buffer(prefix), finish); });
    }
    if (failed) {
        return failed;
    }
    const auto size = protocol::read_frame_size({prefix.data(), prefix.size()}, response_bytes_max);
    if (size.fault != protocol::frame_fault::none) {
        return asio::error::message_size;
    }
    // Grows with what arrives, so a lying size takes no memory.
    frame_.clear();
    return run(deadline, [&](auto finish) {
        asio::async_read(stream_, asio::dynamic_buffer(frame_, size.bytes),
                         asio::transfer_exactly(size.bytes), finish);
    });
}

command_failure kafka_client::malformed() const {
    return {exit_refused, fmt::format("{} doesn't answer as bkes does: malformed response", peer_)};
}

command_failure kafka_client::lost(const error_code& error) const {
    return {exit_unreachable, fmt::format("{}: {}", peer_,
                                          error == asio::error::timed_out ? "no answer in time"
                                          : error == asio::error::eof ? "the connection was closed"
                                                                      : error.message())};
}

}  // namespace bkes::proxy
