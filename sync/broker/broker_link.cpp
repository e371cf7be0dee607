#include "sync/broker/broker_link.hpp"

#include "protocol/messages/api_versions.hpp"
#include "protocol/wire/reader.hpp"
#include "sync/broker/link_errors.hpp"
#include "sync/net/link_security.hpp"
#include "sync/net/net_stream.hpp"
#include "sync/sasl/sasl_client.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace bkes::sync {

namespace {

constexpr std::size_t size_prefix = 4;
constexpr std::size_t inbox_step = std::size_t{64} << 10U;
constexpr std::chrono::milliseconds watch_interval{100};
constexpr std::int16_t unsupported_version_code = 35;
/// The record type and major version with which TLS complains of plain text.
constexpr bytes_view tls_alert = "\x15\x03";
/// A sign of life may take so many times what connecting may take: a broker that is busy for a
/// while hasn't gone, and a new connection would reach it no sooner.
constexpr int patience = 3;

}  // namespace

broker_link::broker_link(boost::asio::io_context& context, broker_link_options options)
    : context_{context},
      options_{std::move(options)},
      stream_{std::make_unique<net_stream>(context.get_executor())},
      watchdog_{context},
      quiet_timer_{context},
      login_timer_{context, std::chrono::steady_clock::time_point::max()} {}

broker_link::~broker_link() = default;

void broker_link::open(open_handler opened) {
    opened_ = std::move(opened);
    stage_ = stage::connecting;
    open_deadline_ = std::chrono::steady_clock::now() + options_.connect_timeout;
    stream_->async_connect(
        options_.host, options_.port, options_.connect_timeout,
        [self = shared_from_this()](boost::system::error_code error) { self->connected(error); });
    watch();
}

void broker_link::close() {
    fail(make_error_code(link_errc::closed));
}

std::int16_t broker_link::shared_version(std::int16_t api_key, protocol::version_range ours) const {
    const auto theirs =
        std::ranges::find(versions_, api_key, [](const api_versions& one) { return one.api_key; });
    if (theirs == versions_.end()) {
        return -1;
    }
    const auto highest = std::min(theirs->versions.max, ours.max);
    return highest >= std::max(theirs->versions.min, ours.min) ? highest : std::int16_t{-1};
}

void broker_link::connected(boost::system::error_code error) {
    if (stage_ != stage::connecting) {
        return;
    }
    const auto tls = error || !options_.security ? std::nullopt : options_.security->tls();
    if (!tls) {
        secured(error);
        return;
    }
    stream_->async_handshake(*tls, options_.host,
                             [self = shared_from_this()](boost::system::error_code failed) {
                                 if (failed) {
                                     self->options_.security->read_files_again();
                                 }
                                 self->secured(failed);
                             });
}

void broker_link::secured(boost::system::error_code error) {
    if (stage_ != stage::connecting) {
        return;
    }
    if (error) {
        fail(error);
        return;
    }
    read_more();
    ask_versions(protocol::api_versions_request::schema.versions.max);
}

/// A broker that doesn't know the version answers 35 in version 0 (KIP-511); then version 0 is
/// asked, which all know.
void broker_link::ask_versions(std::int16_t version) {
    protocol::api_versions_request request;
    request.client_software_name = "bkes";
    request.client_software_version = BKES_VERSION;
    call_raw(request, version, options_.connect_timeout,
             [self = weak_from_this(), version](result<bytes_view> body) {
                 if (const auto link = self.lock()) {
                     link->versions_answered(version, body);
                 }
             });
}

void broker_link::versions_answered(std::int16_t version, result<bytes_view> body) {
    if (!body) {
        return;  // fail() is already telling everybody
    }
    protocol::reader error_code{*body};
    if (error_code.i16() == unsupported_version_code && version > 0) {
        ask_versions(0);
        return;
    }
    const auto response = protocol::decode<protocol::api_versions_response>(*body, version);
    if (!response || response->error_code != 0) {
        fail(response ? make_error_code(link_errc::bad_answer) : response.error());
        return;
    }
    for (const auto& api : response->api_keys) {
        versions_.push_back({api.api_key, {.min = api.min_version, .max = api.max_version}});
    }
    if (options_.security && options_.security->wants_login()) {
        begin_login();
    } else {
        become_open();
    }
}

void broker_link::become_open() {
    stage_ = stage::open;
    stay_alive();
    finish_open({});
}

void broker_link::finish_open(std::error_code error) {
    if (auto opened = std::exchange(opened_, nullptr)) {
        opened(error);
    }
}

void broker_link::sent(std::int16_t api_key, std::int16_t version,
                       std::chrono::milliseconds timeout, body_handler answered) {
    if (stage_ == stage::closed) {
        outbox_.clear();
        fail_later(make_error_code(link_errc::not_sent), std::move(answered));
        return;
    }
    pending_request request{.correlation_id = next_correlation_id_++,
                            .api_key = api_key,
                            .version = version,
                            .deadline = std::chrono::steady_clock::now() + timeout,
                            .answered = std::move(answered)};
    if (login_) {
        held_.push_back(std::move(request));
        watch();
    } else {
        stands_in_outbox(std::move(request));
        write_more();
    }
}

void broker_link::stands_in_outbox(pending_request request) {
    ++unsent_;
    last_sent_ = std::chrono::steady_clock::now();
    in_flight_.push_back(std::move(request));
    watch();
}

void broker_link::fail_later(std::error_code error, body_handler answered) {
    boost::asio::post(
        context_, [error, answered = std::move(answered)]() mutable { answered(failure{error}); });
}

void broker_link::write_more() {
    if (is_writing_ || outbox_.empty() || stage_ == stage::closed) {
        return;
    }
    is_writing_ = true;
    writing_.clear();
    std::swap(writing_, outbox_);
    unsent_ = 0;
    stream_->async_write(boost::asio::buffer(writing_),
                         [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                             self->is_writing_ = false;
                             if (error) {
                                 self->fail(error);
                                 return;
                             }
                             self->write_more();
                         });
}

void broker_link::read_more() {
    if (inbox_.size() - inbox_filled_ < inbox_step / 2) {
        inbox_.resize(std::max(inbox_.size() * 2, inbox_filled_ + inbox_step));
    }
    stream_->async_read_some(
        boost::asio::buffer(inbox_.data() + inbox_filled_, inbox_.size() - inbox_filled_),
        [self = shared_from_this()](boost::system::error_code error, std::size_t count) {
            if (self->stage_ == stage::closed) {
                return;
            }
            if (error) {
                self->fail(error);
                return;
            }
            self->inbox_filled_ += count;
            self->take_frames();
        });
}

void broker_link::take_frames() {
    std::size_t taken = 0;
    while (inbox_filled_ - taken >= size_prefix) {
        const bytes_view waiting{inbox_.data() + taken, inbox_filled_ - taken};
        protocol::reader head{waiting};
        const auto size = head.i32();
        if (size < 0 || static_cast<std::size_t>(size) > options_.response_bytes_max) {
            fail(make_error_code(waiting.starts_with(tls_alert) ? link_errc::speaks_tls
                                                                : link_errc::bad_answer));
            return;
        }
        if (head.left() < static_cast<std::size_t>(size)) {
            break;
        }
        if (!take_response(head.take(static_cast<std::size_t>(size)))) {
            fail(make_error_code(link_errc::bad_answer));
            return;
        }
        if (stage_ == stage::closed) {
            return;
        }
        taken += size_prefix + static_cast<std::size_t>(size);
    }
    std::copy(inbox_.begin() + static_cast<std::ptrdiff_t>(taken),
              inbox_.begin() + static_cast<std::ptrdiff_t>(inbox_filled_), inbox_.begin());
    inbox_filled_ -= taken;
    if (inbox_filled_ == 0 && inbox_.size() > 16 * inbox_step) {
        inbox_ = {};  // a big answer was here; don't keep its memory
    }
    read_more();
}

bool broker_link::take_response(bytes_view frame) {
    if (in_flight_.empty()) {
        return false;
    }
    const auto& asked = in_flight_.front();
    const auto response =
        protocol::decode_response_header(frame, *protocol::find_api(asked.api_key), asked.version);
    if (!response || response->correlation_id != asked.correlation_id) {
        return false;
    }
    auto answered = std::move(in_flight_.front().answered);
    in_flight_.pop_front();
    answered(response->body);
    return true;
}

/// One timer for connecting and for all requests; it only runs while there is something to watch.
void broker_link::watch() {
    if (is_watching_) {
        return;
    }
    is_watching_ = true;
    watchdog_.expires_after(watch_interval);
    watchdog_.async_wait([self = shared_from_this()](boost::system::error_code error) {
        self->is_watching_ = false;
        if (error || self->stage_ == stage::closed) {
            return;
        }
        const auto now = std::chrono::steady_clock::now();
        const auto has_waited = [now](const auto& request) { return request.deadline <= now; };
        const bool is_late = std::ranges::any_of(self->in_flight_, has_waited) ||
                             std::ranges::any_of(self->held_, has_waited);
        const bool opens_late = self->stage_ == stage::connecting && self->open_deadline_ <= now;
        if (is_late || opens_late) {
            self->fail(make_error_code(link_errc::timed_out));
            return;
        }
        if (self->stage_ == stage::connecting || !self->in_flight_.empty()) {
            self->watch();
        }
    });
}

/// While a request is under way a broker doesn't read the next one, so a sign of life would help
/// nothing; its answer will.
void broker_link::stay_alive() {
    if (options_.keep_alive <= std::chrono::milliseconds{0}) {
        return;
    }
    const auto now = std::chrono::steady_clock::now();
    quiet_timer_.expires_at((in_flight_.empty() ? last_sent_ : now) + options_.keep_alive);
    quiet_timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
        if (error || self->stage_ == stage::closed) {
            return;
        }
        const auto quiet_for = std::chrono::steady_clock::now() - self->last_sent_;
        if (self->in_flight_.empty() && quiet_for >= self->options_.keep_alive) {
            self->ask_for_a_sign();
        }
        self->stay_alive();
    });
}

/// Any request would do; this one every broker answers, to whomever, in a few bytes of its own.
void broker_link::ask_for_a_sign() {
    call_raw(protocol::api_versions_request{}, 0, patience * options_.connect_timeout,
             [](result<bytes_view>) {});
}

void broker_link::fail(std::error_code error) {
    if (stage_ == stage::closed) {
        return;
    }
    const auto self = shared_from_this();  // a handler may drop the last other reference
    const bool was_open = std::exchange(stage_, stage::closed) == stage::open;
    stream_->close();
    watchdog_.cancel();
    quiet_timer_.cancel();
    login_timer_.cancel();
    outbox_.clear();
    login_.reset();
    finish_open(error);
    auto lost = std::exchange(in_flight_, {});
    const auto written = lost.size() - std::min(unsent_, lost.size());
    std::ranges::move(std::exchange(held_, {}), std::back_inserter(lost));
    for (std::size_t index = 0; index < lost.size(); ++index) {
        lost[index].answered(
            failure{index < written ? error : make_error_code(link_errc::not_sent)});
    }
    if (auto ended = std::exchange(ended_, nullptr); ended && was_open) {
        ended();
    }
}

}  // namespace bkes::sync
