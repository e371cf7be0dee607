#pragma once
// The rest of a handler that tells a stream, between two things to say: until there is something, or
// nobody listens any more. Now and then the client hears a sign of life (Server-Sent Events: a
// comment), so that what lies between keeps the connection, and one that is gone is found.
//
// A local of the handler's coroutine. Belongs to the thread of the HTTP server.

#include "proxy/http/http_message.hpp"
#include "proxy/http/http_stream.hpp"
#include "proxy/web/problem.hpp"
#include "proxy/web/web_state.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <string>

namespace bkes::proxy {

/// The answer that tells a stream.
http_answer stream_answer(std::function<boost::asio::awaitable<void>(http_stream&)> stream);

/// The last that is said in one.
std::string text_of(const problem& refused);

class stream_rest {
  public:
    stream_rest(web_state& web, http_stream& client);
    stream_rest(const stream_rest&) = delete;
    stream_rest& operator=(const stream_rest&) = delete;
    ~stream_rest();

    /// Ends the rest, or the next one before it begins.
    void wake();

    /// Until `wake`, but at most for so long. False: the stream is over.
    boost::asio::awaitable<bool> rest(std::chrono::milliseconds most);

    /// Nobody listens, or bkes ends.
    [[nodiscard]] bool is_over() const { return web_.is_stopped || !client_.is_open(); }

  private:
    web_state& web_;
    http_stream& client_;
    boost::asio::steady_timer timer_;
    bool is_woken_ = false;
};

}  // namespace bkes::proxy
