// session: from the client to the upstream.

#include "proxy/handlers/dispatch.hpp"
#include "proxy/session/frame_splitter.hpp"
#include "proxy/session/read_pool.hpp"
#include "proxy/session/server_state.hpp"
#include "proxy/session/session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace bkes::proxy {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// Bytes of requests that bkes works on itself, for one connection.
constexpr std::size_t held_request_bytes_max = std::size_t{32} << 20U;

}  // namespace

bool session::takes_requests() const {
    return !closed_ && !is_upstream_broken_ && !has_upstream_ended_ && !is_lingering_;
}

bool session::may_take_request() const {
    if (is_muted_) {
        return false;
    }
    if (sasl_.awaits_answer()) {
        return false;  // whether a token follows or a request is the broker's to say
    }
    const auto held = held_request_bytes_ + owed_.request_bytes();
    return !owed_.is_full() && held < held_request_bytes_max &&
           unsent_bytes() < answers_owed::ready_bytes_max;
}

void session::count(const client_request& request) {
    auto* const counts = counts_.of(request.api_key);
    if (counts != nullptr && request_waits_since_ == client_rights::time_point::max()) {
        counts->requests.add();
        counts->request_bytes.add(request.frame.size());
    }
}

void session::mute(std::chrono::milliseconds time) {
    is_muted_ = true;
    mute_.expires_after(time);
    mute_.async_wait([weak = weak_from_this()](const error_code& cancelled) {
        const auto self = weak.lock();
        if (!cancelled && self) {
            self->is_muted_ = false;
            self->progress();
        }
    });
}

session::awaitable session::client_reader() {
    while (!closed_) {
        if (!takes_requests()) {
            from_client_.consume(from_client_.unread().size());
        } else if (!co_await take_requests()) {
            co_return;
        } else if (draining_ && from_client_.empty()) {
            co_await wait_for_progress();  // the last answer ends the session
            continue;
        }
        if (!co_await read_more_from_client()) {
            co_return;
        }
    }
}

asio::awaitable<bool> session::read_more_from_client() {
    const auto unread = from_client_.unread();
    const auto wanted = first_frame(unread, server_.settings.frame_bytes_max).wanted;
    if (!unread.empty()) {
        patience_.request_began(client_patience::clock::now());
    }
    const auto room = from_client_.prepare(wanted);
    is_reading_client_ = true;
    const auto [failed, count] = co_await client_.async_read_some(
        asio::buffer(room.data(), room.size()), asio::as_tuple(asio::use_awaitable));
    is_reading_client_ = false;
    patience_.moved(client_patience::clock::now());
    if (failed && (has_upstream_ended_ || is_lingering_)) {
        close_lingering();
        co_return false;
    }
    if (failed) {
        close(disconnect::client_closed);
        co_return false;
    }
    has_client_spoken_ = true;
    from_client_.commit(count);
    co_return true;
}

/// Works through the complete frames in the buffer. Frames that are relayed as they are leave the
/// buffer in one write. False when the session has ended.
asio::awaitable<bool> session::take_requests() {
    std::size_t relayed = 0;
    while (takes_requests()) {
        const auto unread = from_client_.unread().substr(relayed);
        const auto found = first_frame(unread, server_.settings.frame_bytes_max);
        if (found.fault != protocol::frame_fault::none) {
            const auto meaning = meaning_of(found.fault);
            close(meaning.cause, meaning.text);
            co_return false;
        }
        const bool is_too_large = is_announced_too_large(found.wanted);
        const bool must_wait = !found.frame.empty() && !may_take_request();
        if (found.frame.empty() || must_wait || is_too_large) {
            if (relayed > 0) {  // what is waited for may come while this is written: look again
                co_await write_upstream(from_client_.unread().substr(0, relayed));
                from_client_.consume(relayed);
                relayed = 0;
                continue;
            }
            if (is_too_large) {
                co_await await_proof();
                continue;
            }
            if (!must_wait) {
                co_return true;
            }
            co_await wait_for_room();
            continue;
        }
        patience_.request_is_whole();
        const auto began = inline_quota::clock::now();
        const auto next = dispatch(*this, found.frame);
        if (next == request_route::relay) {
            relayed += found.frame.size();
            continue;
        }
        if (next == request_route::close) {
            co_return false;
        }
        if (next == request_route::after_rights) {  // the same frame again, when they are known
            co_await write_upstream(from_client_.unread().substr(0, relayed));
            from_client_.consume(relayed);
            relayed = 0;
            co_await await_rights();
            continue;
        }
        request_waits_since_ = client_rights::time_point::max();
        auto& quota = inline_quota::of_this_thread();
        quota.took(inline_quota::clock::now() - began);
        co_await write_upstream(from_client_.unread().substr(0, relayed));
        from_client_.consume(relayed + found.frame.size());
        relayed = 0;
        flush_client();
        // However many requests have come at once, other clients have their turn in between.
        if (!quota.is_left(inline_quota::clock::now())) {
            co_await asio::post(context_, asio::use_awaitable);
        }
    }
    co_return !closed_;
}

/// Sends `data`, and behind it what bkes itself has to send.
session::awaitable session::write_upstream(bytes_view data) {
    reader_writes_ = true;
    while (upstream_write_in_progress_ && takes_requests()) {
        co_await wait_for_progress();  // a question is on its way
    }
    co_await write_to_socket(data);
    while (!to_upstream_.empty() && takes_requests()) {
        const auto own = std::exchange(to_upstream_, {});
        co_await write_to_socket(own);
    }
    reader_writes_ = false;
    owed_.passed_on(owed_answer::time_point::clock::now);
}

session::awaitable session::write_to_socket(bytes_view data) {
    if (data.empty() || !takes_requests()) {
        co_return;
    }
    was_upstream_used_ = true;
    // Nearly always the kernel takes it all at once; only the rest is worth a suspension.
    error_code failed;
    const auto sent = upstream_.try_write(asio::buffer(data), failed);
    if (failed) {
        is_upstream_broken_ = true;  // its reader takes what is still there, and comes to the end
        co_return;
    }
    if (sent < data.size()) {
        upstream_write_in_progress_ = true;
        const auto [broken, rest] = co_await upstream_.async_write(
            asio::buffer(data.substr(sent)), asio::as_tuple(asio::use_awaitable));
        upstream_write_in_progress_ = false;
        is_upstream_broken_ = is_upstream_broken_ || broken;
    }
}

owed_answer& session::owe_entry(const client_request& request, std::size_t request_bytes) {
    owed_answer owed;
    owed.api_key = request.api_key;
    owed.api_version = request.api_version;
    owed.client_correlation_id = request.correlation_id;
    owed.request_bytes = request_bytes;
    owed.taken_at = std::min(request_waits_since_, owed_answer::time_point::clock::now());
    return *owed_.find(owed_.add(std::move(owed)));
}

void session::expect_upstream(const client_request& request, response_handler on_response) {
    auto& entry = owe_entry(request);
    entry.awaits_upstream = true;
    entry.on_response = std::move(on_response);
}

void session::expect_fetch(const client_request& request, response_handler on_response) {
    auto& entry = owe_entry(request);
    entry.awaits_upstream = true;
    entry.on_response = std::move(on_response);
    entry.when_large = std::make_unique<relayed_fetch>(request.api_version);
}

void session::expect_token() {
    auto& entry = owe_entry({});
    entry.awaits_upstream = true;
    entry.is_raw = true;
}

answer_id session::send_instead(const client_request& request, bytes_view frame,
                                response_handler on_response) {
    auto& entry = owe_entry(request, request.frame.size());
    entry.awaits_upstream = true;
    entry.on_response = std::move(on_response);
    to_upstream_ += frame;
    return entry.id;
}

answer_id session::owe(const client_request& request) {
    was_served_ = true;
    return owe_entry(request, request.frame.size()).id;
}

}  // namespace bkes::proxy
