#include "sync/store_link.hpp"

#include "sync/types/log.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto try_again = 100ms;

}  // namespace

store_link::store_link(boost::asio::io_context& context, options settings)
    : context_{context}, settings_{std::move(settings)}, next_{settings_.first}, retry_{context} {}

void store_link::ask(question asked) {
    question_ = std::move(asked);
    failed_in_a_row_ = 0;
    if (link_ && link_->is_open()) {
        send();
    } else {
        boost::asio::post(context_, [self = shared_from_this()] { self->connect(); });
    }
}

void store_link::send() {
    const auto version = std::make_shared<std::int16_t>();
    *version =
        question_->send(*link_, [self = shared_from_this(), version](result<bytes_view> body) {
            if (self->is_closed_ || !self->question_) {
                return;
            }
            if (!body) {
                self->lost(body.error());
                return;
            }
            auto answered = std::move(self->question_->answered);
            self->question_.reset();
            answered(body, *version);
        });
    if (*version < 0) {
        boost::asio::post(context_, [self = shared_from_this()] {
            self->lost(make_error_code(protocol::protocol_errc::unsupported_version));
        });
    }
}

/// To the next of the members, as the group is known now.
void store_link::connect() {
    if (is_closed_ || !question_) {
        return;
    }
    const auto view = settings_.view();
    if (!view || view->members().empty()) {
        lost(make_error_code(std::errc::not_connected));
        return;
    }
    const auto& name = view->members()[next_++ % view->members().size()].name;
    link_ = std::make_shared<broker_link>(
        context_, broker_link_options{.host = name.host,
                                      .port = name.port,
                                      .client_id = settings_.access.client_id + "-read",
                                      .security = settings_.access.security});
    link_->open([self = shared_from_this(), address = address_of(name)](std::error_code error) {
        if (self->is_closed_) {
            return;
        }
        if (error) {
            sync_log().debug("instance can't be reached for a read address={} reason=\"{}\"",
                             address, error.message());
            self->lost(error);
        } else {
            self->send();
        }
    });
}

/// It is asked again, as a read changes nothing.
void store_link::lost(std::error_code why) {
    if (is_closed_ || !question_) {
        return;
    }
    if (const auto old = std::exchange(link_, nullptr)) {
        old->close();
    }
    if (steady_clock::now() >= question_->deadline) {
        auto answered = std::move(question_->answered);
        question_.reset();
        answered(failure{why}, 0);
        return;
    }
    settings_.look_now();
    const auto view = settings_.view();
    const bool all_failed = !view || ++failed_in_a_row_ >= view->members().size();
    retry_.expires_after(all_failed ? try_again : 0ms);
    retry_.async_wait([self = shared_from_this()](boost::system::error_code cancelled) {
        if (!cancelled) {
            self->connect();
        }
    });
}

void store_link::close() {
    is_closed_ = true;
    retry_.cancel();
    question_.reset();
    if (const auto old = std::exchange(link_, nullptr)) {
        old->close();
    }
}

}  // namespace bkes::sync
