// session: from the upstream, and from bkes itself, to the client.

#include "protocol/wire/reader.hpp"
#include "proxy/addresses/request_dump.hpp"
#include "proxy/session/frame_splitter.hpp"
#include "proxy/session/server_state.hpp"
#include "proxy/session/session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <limits>

namespace bkes::proxy {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// A response that is only relayed may be as large as Kafka's format allows.
constexpr std::size_t response_bytes_max = std::numeric_limits<std::int32_t>::max();
/// Enough to tell to whom a response belongs: size prefix and correlation id.
constexpr std::size_t smallest_response_bytes = 8;
/// Frames written to the client with one call.
constexpr std::size_t gather_max = 64;

/// Everything is written, and each part of it that the client takes shows that it is there.
auto whole_and_noted(client_patience& patience) {
    return [&patience](const error_code& failed, std::size_t count) {
        patience.moved(client_patience::clock::now());
        return asio::transfer_all()(failed, count);
    };
}

bool belongs_to(bytes_view frame, const owed_answer& entry) {
    protocol::reader header{frame.substr(protocol::frame_prefix_size)};
    return entry.is_raw || header.i32() == entry.client_correlation_id;
}

}  // namespace

std::size_t session::unsent_bytes() const {
    return owed_.ready_bytes() + to_client_bytes_;
}

/// A response behind an answer that isn't ready may wait in memory only while that is little.
bool session::may_take_response(const owed_answer& entry) const {
    return owed_.is_front(entry)
               ? to_client_bytes_ < answers_owed::ready_bytes_max
               : unsent_bytes() + owed_.held_bytes() < answers_owed::ready_bytes_max;
}

/// As above, for an answer that bkes makes. One that waits for its upstream's part too isn't ready
/// then, and so isn't counted.
bool session::may_make_answer(const owed_answer& entry) const {
    return may_take_response(entry) && (!entry.awaits_upstream || owed_.is_front(entry));
}

session::awaitable session::upstream_reader() {
    while (!closed_) {
        const auto unread = from_upstream_.unread();
        const auto found = first_frame(unread, response_bytes_max);
        if (found.fault != protocol::frame_fault::none) {
            close(disconnect::unexpected_response, meaning_of(found.fault).text);
            co_return;
        }
        const auto wanted = found.wanted;
        if (awaits_sign_of_life_ && !found.frame.empty()) {
            if (!take_sign_of_life(found.frame)) {
                co_return;
            }
            continue;
        }
        if (!awaits_sign_of_life_ && unread.size() >= std::min(wanted, smallest_response_bytes)) {
            const auto* entry = owed_.first_awaiting_upstream();
            if (entry == nullptr || !belongs_to(unread, *entry)) {
                close(disconnect::unexpected_response);
                co_return;
            }
            note_proof(*entry);
            if (!may_take_response(*entry)) {
                flush_client();
                if (!closed_ && !may_take_response(*entry)) {
                    co_await wait_for_progress();
                }
                continue;
            }
            if (unread.size() >= wanted) {
                hide_connection_id(entry->api_key, from_upstream_.unread_for_change(wanted));
                if (!take_response(unread.substr(0, wanted))) {
                    co_return;
                }
                from_upstream_.consume(wanted);
                continue;
            }
            if (wanted > read_buffer::busy_bytes) {
                if (!co_await take_large_response(*entry, wanted)) {
                    co_return;
                }
                continue;
            }
        }
        flush_client();
        if (!co_await read_more_from_upstream(wanted)) {
            co_return;
        }
    }
}

/// A response larger than is read at once. Relayed chunk by chunk where nobody has to see it as a
/// whole; the others are read on.
asio::awaitable<bool> session::take_large_response(const owed_answer& entry, std::size_t wanted) {
    const bool may_stream = !entry.on_response || entry.when_large;
    flush_client();
    if (!may_stream) {
        if (wanted > server_.settings.frame_bytes_max) {
            close(disconnect::frame_too_large, "a response that has to be looked into");
            co_return false;
        }
        co_return co_await read_more_from_upstream(wanted);
    }
    if (!owed_.is_front(entry) || client_write_in_progress_) {
        co_await wait_for_progress();
        co_return !closed_;
    }
    if (entry.when_large) {
        co_await relay_fetch(*entry.when_large, wanted);
    } else {
        co_await stream_bytes(wanted);
    }
    if (!closed_) {
        // What came while it went on isn't told apart from what the broker took.
        count_answer(entry, wanted, entry.passed_on_at.value_or(entry.taken_at) - entry.taken_at);
        owed_.pop_front();
        flush_client();
        progress();
    }
    co_return !closed_;
}

asio::awaitable<bool> session::read_more_from_upstream(std::size_t wanted) {
    const auto room = from_upstream_.prepare(wanted);
    const auto [failed, count] = co_await upstream_.async_read_some(
        asio::buffer(room.data(), room.size()), asio::as_tuple(asio::use_awaitable));
    if (failed) {
        co_return false;
    }
    has_upstream_spoken_ = true;
    from_upstream_.commit(count);
    co_return true;
}

/// Hands a whole response to its handler, or queues it for the client as it is.
bool session::take_response(bytes_view frame) {
    auto* entry = owed_.first_awaiting_upstream();
    entry->awaits_upstream = false;
    const auto now = owed_answer::time_point::clock::now();
    entry->at_broker = now - entry->passed_on_at.value_or(now);
    const auto id = entry->id;
    if (entry->on_response) {
        const auto handler = std::move(entry->on_response);
        is_taking_response_ = true;
        handler(id, frame);
        is_taking_response_ = false;
    } else {
        owed_.complete(id, bytes{frame});
    }
    progress();
    return !closed_;
}

/// Passes on the next bytes from the upstream, unseen, chunk by chunk.
session::awaitable session::stream_bytes(std::size_t count) {
    while (count > 0 && !closed_) {
        const auto chunk = from_upstream_.unread().substr(0, count);
        if (chunk.empty()) {
            if (!co_await read_more_from_upstream(read_buffer::busy_bytes)) {
                close(disconnect::upstream_closed, "within a response");
            }
            continue;
        }
        co_await write_client_directly(chunk);
        count -= chunk.size();
        from_upstream_.consume(chunk.size());
    }
}

/// Passes on a Fetch response while walking over it.
session::awaitable session::relay_fetch(relayed_fetch& fetch, std::size_t frame_bytes) {
    auto left = frame_bytes;
    while (left > 0 && !closed_) {
        const auto arrived = from_upstream_.unread_for_change(left);
        const auto next = fetch.advance(arrived, left);
        if (next.is_malformed) {
            close(disconnect::unexpected_response, "fetch_response");
            co_return;
        }
        if (next.forward == 0) {  // the walk ends in the middle of a field
            if (!co_await read_more_from_upstream(arrived.size() + read_buffer::busy_bytes)) {
                close(disconnect::upstream_closed, "within a response");
            }
            continue;
        }
        co_await stream_bytes(next.forward + next.stream);
        left -= next.forward + next.stream;
    }
}

session::awaitable session::write_client_directly(bytes_view data) {
    client_write_in_progress_ = true;  // answers that become ready meanwhile wait for the end
    const auto [failed, count] = co_await client_.async_write(
        asio::buffer(data), whole_and_noted(patience_), asio::as_tuple(asio::use_awaitable));
    client_write_in_progress_ = false;
    if (failed) {
        close(disconnect::client_closed);
    }
}

void session::answer(answer_id id, bytes frame) {
    if (closed_ || !owed_.complete(id, std::move(frame))) {
        return;
    }
    if (!is_taking_response_) {  // else more may have come with it, and all leave together
        flush_client();
    }
    progress();
}

void session::flush_client() {
    if (closed_ || client_write_in_progress_) {
        return;
    }
    auto ready = owed_.take_ready();
    const auto now =
        ready.empty() ? owed_answer::time_point{} : owed_answer::time_point::clock::now();
    for (auto& entry : ready) {
        if (entry.frame.empty()) {
            continue;
        }
        count_answer(entry, entry.frame.size(), now - entry.taken_at - entry.at_broker);
        to_client_bytes_ += entry.frame.size();
        to_client_.push_back(std::move(entry.frame));
    }
    if (to_client_.empty()) {
        end_if_drained();
        return;
    }
    std::vector<asio::const_buffer> gathered;
    for (const auto& frame : to_client_) {
        if (gathered.size() == gather_max) {
            break;
        }
        gathered.push_back(asio::buffer(frame));
    }
    error_code failed;
    auto sent = client_.try_write(gathered, failed);
    if (failed) {
        close(disconnect::client_closed);
        return;
    }
    if (sent > 0) {
        patience_.moved(client_patience::clock::now());
    }
    while (!to_client_.empty() && sent >= to_client_.front().size()) {
        sent -= to_client_.front().size();
        to_client_bytes_ -= to_client_.front().size();
        to_client_.pop_front();
    }
    if (to_client_.empty()) {
        end_if_drained();
        return;
    }
    if (client_.is_tls()) {
        join_small_answers();
    }
    client_write_in_progress_ = true;
    client_.async_write(asio::buffer(bytes_view{to_client_.front()}.substr(sent)),
                        whole_and_noted(patience_),
                        [self = shared_from_this()](const error_code& broken, std::size_t) {
                            self->client_written(broken);
                        });
}

void session::count_answer(const owed_answer& entry, std::size_t bytes,
                           std::chrono::nanoseconds inside) {
    auto* const counts = entry.is_raw ? nullptr : counts_.of(entry.api_key);
    if (counts != nullptr) {
        counts->response_bytes.add(bytes);
        counts->seconds.observe(inside);
    }
}

/// Under TLS each frame would be a record of its own, and a call of the system.
void session::join_small_answers() {
    constexpr std::size_t record_bytes = std::size_t{16} << 10U;
    while (to_client_.size() > 1 && to_client_[0].size() + to_client_[1].size() <= record_bytes) {
        to_client_[0] += to_client_[1];
        to_client_.erase(to_client_.begin() + 1);
    }
}

void session::client_written(const error_code& failed) {
    client_write_in_progress_ = false;
    if (failed) {
        close(disconnect::client_closed);
        return;
    }
    to_client_bytes_ -= to_client_.front().size();
    to_client_.pop_front();
    flush_client();
    progress();
}

}  // namespace bkes::proxy
