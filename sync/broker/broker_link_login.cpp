// broker_link: logging in, first and again.

#include "protocol/kafka_error.hpp"
#include "protocol/messages/sasl_authenticate.hpp"
#include "protocol/messages/sasl_handshake.hpp"
#include "sync/broker/broker_link.hpp"
#include "sync/broker/link_errors.hpp"
#include "sync/net/link_security.hpp"
#include "sync/sasl/session_lifetime.hpp"
#include "sync/types/log.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace bkes::sync {

namespace {

/// Tokens then travel in requests; version 0 would have them go bare.
constexpr std::int16_t handshake_version = 1;
constexpr std::int16_t authenticate_version = 2;

}  // namespace

/// Kafka 1.0 has both requests; before 2.2 a broker doesn't say how long a login lasts.
void broker_link::begin_login() {
    auto made = options_.security->new_login();
    if (!made) {
        refusal_ = made.error();
        fail(make_error_code(link_errc::nothing_to_log_in_with));
        return;
    }
    login_ = std::move(*made);
    protocol::sasl_handshake_request request;
    request.mechanism = login_->mechanism();
    send_login_step(request, handshake_version, &broker_link::handshake_answered);
}

/// Requests under way may be answered as late as they like, and the broker reads on behind them.
template <class Request>
void broker_link::send_login_step(const Request& request, std::int16_t version,
                                  void (broker_link::*answered)(result<bytes_view>)) {
    if (const auto added = append_frame(request, version, outbox_); !added) {
        fail(added.error());
        return;
    }
    auto begins = std::chrono::steady_clock::now();
    for (const auto& ahead : in_flight_) {
        begins = std::max(begins, ahead.deadline);
    }
    stands_in_outbox({.correlation_id = next_correlation_id_++,
                      .api_key = Request::schema.key,
                      .version = version,
                      .deadline = begins + options_.connect_timeout,
                      .answered = [self = weak_from_this(), answered](result<bytes_view> body) {
                          if (const auto link = self.lock(); link && body) {
                              (link.get()->*answered)(body);
                          }
                      }});
    write_more();
}

void broker_link::handshake_answered(result<bytes_view> body) {
    const auto response =
        protocol::decode<protocol::sasl_handshake_response>(*body, handshake_version);
    if (!response) {
        fail(response.error());
        return;
    }
    if (response->error_code != 0) {
        refuse_login(fmt::format("{}: the broker has {}",
                                 protocol::name_of(protocol::kafka_error{response->error_code}),
                                 fmt::join(response->mechanisms, ", ")));
        return;
    }
    say_token(login_->first_message());
}

void broker_link::say_token(bytes_view token) {
    const auto version = shared_version(protocol::sasl_authenticate_request::schema.key,
                                        {.min = 0, .max = authenticate_version});
    if (version < 0) {
        fail(make_error_code(protocol::protocol_errc::unsupported_version));
        return;
    }
    protocol::sasl_authenticate_request request;
    request.auth_bytes = token;
    send_login_step(request, version, &broker_link::token_answered);
}

void broker_link::token_answered(result<bytes_view> body) {
    const auto version = shared_version(protocol::sasl_authenticate_request::schema.key,
                                        {.min = 0, .max = authenticate_version});
    const auto response = protocol::decode<protocol::sasl_authenticate_response>(*body, version);
    if (!response) {
        fail(response.error());
        return;
    }
    if (response->error_code != 0) {
        const auto name = protocol::name_of(protocol::kafka_error{response->error_code});
        refuse_login(response->error_message.value_or(name));
        return;
    }
    const auto next = login_->answered(response->auth_bytes);
    if (!next) {
        refuse_login(next.error().message());
    } else if (*next) {
        say_token(**next);
    } else {
        finish_login(std::chrono::milliseconds{response->session_lifetime_ms});
    }
}

/// What was held goes now, in its order, and its time runs on.
void broker_link::finish_login(std::chrono::milliseconds session_lifetime) {
    options_.security->accepted(*login_);
    login_.reset();
    outbox_ += std::exchange(held_bytes_, {});
    for (auto& request : std::exchange(held_, {})) {
        stands_in_outbox(std::move(request));
    }
    write_more();
    if (const auto pause = next_login_after(session_lifetime)) {
        login_timer_.expires_after(*pause);
        login_timer_.async_wait([weak = weak_from_this()](boost::system::error_code cancelled) {
            const auto self = weak.lock();
            if (!cancelled && self && self->stage_ == stage::open) {
                self->begin_login();
            }
        });
    }
    if (stage_ == stage::connecting) {
        become_open();
    } else {
        sync_log().debug("logged in again address={}:{} client_id={}", options_.host, options_.port,
                         options_.client_id);
    }
}

std::chrono::milliseconds broker_link::time_to_login() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(login_timer_.expiry() -
                                                                 std::chrono::steady_clock::now());
}

void broker_link::refuse_login(std::string_view why) {
    refusal_ = why;
    options_.security->refused(fmt::format("{}:{}", options_.host, options_.port), why);
    fail(make_error_code(link_errc::login_refused));
}

}  // namespace bkes::sync
