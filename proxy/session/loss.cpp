// session: a client that is given up, or gone.
//
// Whoever reads from a client learns of its end by that, and whoever writes to it. While requests wait
// until others are answered nobody does either, perhaps for long, and what is owed to a client that is
// gone keeps its memory and its place. So the socket itself is asked now and then. That says only that
// the connection was reset: of one that has been closed in order, what it sent before is still to be
// done.

#include "proxy/session/session.hpp"

#include <algorithm>
#include <poll.h>
#include <utility>

namespace bkes::proxy {

using boost::system::error_code;

namespace {

constexpr auto loss_look = std::chrono::seconds{1};

bool is_reset(boost::asio::ip::tcp::socket& client) {
    pollfd asked{.fd = client.native_handle(), .events = 0, .revents = 0};
    return poll(&asked, 1, 0) > 0 && (asked.revents & (POLLERR | POLLHUP)) != 0;
}

}  // namespace

/// One look after the other.
void session::watch_client() {
    const auto now = client_patience::clock::now();
    const auto impatient = patience_.next_look(now);
    watch_.expires_at(looks_for_loss_ ? std::min(impatient, now + loss_look) : impatient);
    watch_.async_wait([weak = weak_from_this()](const error_code& cancelled) {
        const auto self = weak.lock();
        if (cancelled || !self || self->closed_) {
            return;
        }
        self->looks_for_loss_ = self->is_held_up_;
        if (self->is_held_up_ && is_reset(self->client_.socket())) {
            self->close(disconnect::client_closed);
            return;
        }
        const bool owes_nothing = self->owed_.empty() && self->held_request_bytes_ == 0;
        const bool is_quiet = self->is_reading_client_ || self->is_muted_;
        const bool is_idle = self->client_write_in_progress_ || (is_quiet && owes_nothing);
        const auto cause = self->patience_.given_up(client_patience::clock::now(),
                                                    self->is_reading_client_, is_idle);
        if (cause) {
            self->close(*cause);
        } else {
            self->watch_client();
        }
    });
}

/// Until something made room for another request.
session::awaitable session::wait_for_room() {
    is_held_up_ = true;
    if (!std::exchange(looks_for_loss_, true)) {
        watch_client();
    }
    co_await wait_for_progress();
    is_held_up_ = false;
}

}  // namespace bkes::proxy
