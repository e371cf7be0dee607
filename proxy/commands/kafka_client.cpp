#include "proxy/commands/kafka_client.hpp"

#include "protocol/messages/api_versions.hpp"
#include "protocol/messages/sasl_handshake.hpp"
#include "proxy/log/text.hpp"
#include "sync/net/connect_in_turn.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <tuple>
#include <utility>

namespace bkes::proxy {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds stop_asked_each{50};

}  // namespace

/// Waits until the work is done. Past the limit the connection is closed.
error_code kafka_client::run(std::chrono::milliseconds limit, asio::awaitable<void> work) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    bool is_done = false;
    std::exception_ptr thrown;
    asio::co_spawn(context_, std::move(work), [&](const std::exception_ptr& by_work) {
        is_done = true;
        thrown = by_work;
    });
    const auto is_stopped = [this] { return is_stopped_ && is_stopped_(); };
    const auto is_late = [deadline] { return std::chrono::steady_clock::now() >= deadline; };
    context_.restart();
    while (!is_done && !context_.stopped() && !is_late() && !is_stopped()) {
        context_.run_until(
            is_stopped_ ? std::min(deadline, std::chrono::steady_clock::now() + stop_asked_each)
                        : deadline);
    }
    const auto outcome_code = is_done        ? error_code{}
                              : is_stopped() ? error_code{asio::error::operation_aborted}
                                             : error_code{asio::error::timed_out};
    if (!is_done) {
        connection_.stream().close();
        context_.restart();
        context_.run();
    }
    if (thrown) {
        std::rethrow_exception(thrown);
    }
    return outcome_code;
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
    error_code failed;
    // Not under the limit: getaddrinfo can't be interrupted, and has limits of its own.
    const auto found =
        tcp::resolver{context_}.resolve(server.host, std::to_string(server.port), failed);
    if (!failed) {
        error_code refused;
        failed = run(limit_, put_into(refused, connect_to(server.host, sync::endpoints_of(found))));
        failed = failed ? failed : refused;
    }
    if (failed) {
        return give_up{
            {exit_unreachable, fmt::format("can't reach bkes at {}: {}", peer_, failed.message())}};
    }
    return {};
}

asio::awaitable<error_code> kafka_client::connect_to(std::string host,
                                                     std::vector<tcp::endpoint> addresses) {
    constexpr auto resume = asio::as_tuple(asio::use_awaitable);
    auto& stream = connection_.stream();
    auto [failed] =
        co_await sync::async_connect_in_turn(stream.socket(), std::move(addresses), limit_, resume);
    if (const auto tls = security_->tls(); !failed && tls) {
        std::tie(failed) = co_await stream.async_handshake(*tls, host, resume);
    }
    if (!failed) {
        error_code ignored;
        stream.socket().set_option(tcp::no_delay{true}, ignored);
    }
    co_return failed;
}

outcome<void> kafka_client::log_in() {
    const auto login = security_->new_login();
    if (!login) {
        return give_up{{exit_unreachable, "no token to log in with: " + login.error()}};
    }
    asked<std::optional<login_refusal>> answer;
    if (const auto failed = run(limit_, put_into(answer, connection_.log_in(**login)))) {
        return give_up{lost(failed)};
    }
    if (!answer) {
        return give_up{meaning_of(answer.error(), protocol::sasl_handshake_request::schema.key)};
    }
    if (const auto& refused = *answer) {
        const auto why = refused->mechanisms.empty()
                             ? refused->why
                             : fmt::format("it has {}", fmt::join(refused->mechanisms, ", "));
        return give_up{{exit_refused, fmt::format("{} refuses the login: {}; check the settings "
                                                  "kafka.sasl.*",
                                                  peer_, without_controls(why))}};
    }
    return {};
}

outcome<void> kafka_client::learn_versions() {
    asked<void> learnt;
    if (const auto failed = run(limit_, put_into(learnt, connection_.learn_versions()))) {
        return give_up{lost(failed)};
    }
    if (!learnt) {
        return give_up{meaning_of(learnt.error(), protocol::api_versions_request::schema.key)};
    }
    for (const auto extension : {protocol::api_key::fetch_by_key, protocol::api_key::list_keys}) {
        if (!connection_.offers(extension)) {
            return give_up{
                {exit_refused, fmt::format("{} is not a bkes: it answers as a Kafka broker without "
                                           "bkes' requests; --bootstrap-servers has to name bkes",
                                           peer_)}};
        }
    }
    return {};
}

command_failure kafka_client::meaning_of(const ask_failure& failed, std::int16_t key) const {
    switch (failed.what) {
        case ask_failure::kind::lost:
            return lost(failed.error);
        case ask_failure::kind::malformed:
            return {exit_refused,
                    fmt::format("{} doesn't answer as bkes does: malformed response", peer_)};
        case ask_failure::kind::not_offered:
            return {exit_refused,
                    fmt::format("{} offers no version of request {} that this program knows", peer_,
                                key)};
        case ask_failure::kind::too_long:
            return {exit_usage, "a name or key is too long for a Kafka request"};
    }
    std::unreachable();
}

command_failure kafka_client::lost(const error_code& error) const {
    return {exit_unreachable, fmt::format("{}: {}", peer_,
                                          error == asio::error::timed_out ? "no answer in time"
                                          : error == asio::error::eof ? "the connection was closed"
                                                                      : error.message())};
}

}  // namespace bkes::proxy
