// session: what keeps a quiet upstream alive, and what happens when it ends all the same.

#include "protocol/frame.hpp"
#include "protocol/header.hpp"
#include "protocol/messages/api_versions.hpp"
#include "protocol/wire/reader.hpp"
#include "proxy/session/server_state.hpp"
#include "proxy/session/session.hpp"

#include <boost/asio/buffer.hpp>

#include <utility>

namespace bkes::proxy {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// How long a client may take to notice that its connection is at its end.
constexpr auto linger_max = std::chrono::seconds{1};

/// Clients count from 0 or 1.
constexpr std::int32_t sign_of_life_id = 0x73696e67;

/// Every broker answers it, also before 4.0, and nobody needs a right for it.
constexpr std::int16_t sign_of_life_version = 0;

}  // namespace

/// One pulse after the other. At each it shows whether bkes worked for the client while the broker
/// heard nothing.
void session::keep_alive() {
    if (server_.settings.keep_alive.count() == 0 || has_upstream_ended_ || closed_) {
        return;
    }
    pulse_.expires_after(server_.settings.keep_alive);
    pulse_.async_wait([weak = weak_from_this()](const error_code& cancelled) {
        const auto self = weak.lock();
        if (!cancelled && self) {
            self->send_sign_of_life();
            self->rights_.forget_old(client_rights::time_point::clock::now());
            self->keep_alive();
        }
    });
}

void session::send_sign_of_life() {
    const bool bkes_works = owed_.request_bytes() > 0 || held_request_bytes_ > 0;
    const bool is_served = std::exchange(was_served_, false) || bkes_works;
    const bool is_quiet = !std::exchange(was_upstream_used_, false) && !awaits_sign_of_life_ &&
                          !upstream_write_in_progress_ &&
                          owed_.first_awaiting_upstream() == nullptr;
    // Between handshake and login a broker takes nothing else (KIP-152, KIP-368).
    if (!is_served || !is_quiet || !takes_requests() || sasl_.is_under_way()) {
        return;
    }
    bytes frame;
    const protocol::request_header header{.version = sign_of_life_version,
                                          .correlation_id = sign_of_life_id,
                                          .client_id = {},
                                          .unknown_tags = {}};
    if (!protocol::append_request_frame(header, protocol::api_versions_request{}, frame)) {
        return;
    }
    awaits_sign_of_life_ = true;
    to_upstream_ += frame;
    write_own();
}

/// It was sent while nothing was awaited, so its answer comes before all others; but no answer to
/// the client waits for it. False if it isn't that answer.
bool session::take_sign_of_life(bytes_view frame) {
    protocol::reader header{frame.substr(protocol::frame_prefix_size)};
    if (header.i32() != sign_of_life_id) {
        close(disconnect::unexpected_response, "to a sign of life");
        return false;
    }
    awaits_sign_of_life_ = false;
    from_upstream_.consume(frame.size());
    return true;
}

/// Nothing comes from the broker any more, and nothing reaches it.
void session::upstream_ended() {
    if (closed_) {
        return;
    }
    has_upstream_ended_ = true;
    upstream_.close();
    pulse_.cancel();
    owed_.drop_unanswerable();
    flush_client();
    progress();
}

void session::end_if_drained() {
    // An append with acks=0 is owed no answer, but it is dropped when its session goes.
    const bool is_idle = owed_.empty() && unsent_bytes() == 0 && held_request_bytes_ == 0;
    if (!is_idle || !(has_upstream_ended_ || draining_)) {
        return;
    }
    if (has_upstream_ended_ || connected_) {
        linger();
    } else {  // it was never served: nothing can be on its way
        close(disconnect::shutting_down);
    }
}

/// So a broker ends connections of an address that has too many, and all clients of bkes have one.
bool session::is_refused() const {
    return has_upstream_ended_ && has_client_spoken_ && !has_upstream_spoken_;
}

void session::linger() {
    if (closed_ || std::exchange(is_lingering_, true)) {
        return;
    }
    if (!is_refused()) {
        end_client();
        return;
    }
    pulse_.expires_after(refusal_delay);
    pulse_.async_wait([weak = weak_from_this()](const error_code& cancelled) {
        const auto self = weak.lock();
        if (!cancelled && self && !self->closed_) {
            self->end_client();
        }
    });
}

/// The client is told that this is the end, and what it still sends is read: with bytes unread in
/// its socket the connection would be reset, and answers on their way could be lost.
void session::end_client() {
    client_.async_end_writing([self = shared_from_this()] {});
    pulse_.expires_after(linger_max);
    pulse_.async_wait([weak = weak_from_this()](const error_code& cancelled) {
        const auto self = weak.lock();
        if (!cancelled && self) {
            self->close_lingering();
        }
    });
    progress();  // what it sends is only read now
}

void session::close_lingering() {
    if (is_refused()) {
        close(disconnect::refused_by_broker,
              "it ended the connection before it answered anything: are there too many for "
              "max.connections.per.ip, or does it want a login?");
    } else {
        close(has_upstream_ended_ ? disconnect::upstream_closed : disconnect::shutting_down);
    }
}

}  // namespace bkes::proxy
