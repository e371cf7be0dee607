#pragma once
// An answer that is sent while it comes to be, as a handler writes it.
//
// Back-pressure: `write` returns when the kernel has taken all; a client that takes nothing for the
// server's `time_max` is gone. Belongs to the server's thread.

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string_view>

namespace bkes::proxy {

class http_stream {
  public:
    http_stream() = default;
    http_stream(const http_stream&) = delete;
    http_stream& operator=(const http_stream&) = delete;

    /// False: the client is gone. One at a time; `data` stays valid until it returns.
    virtual boost::asio::awaitable<bool> write(std::string_view data) = 0;

    [[nodiscard]] virtual bool is_open() const = 0;

    /// Clients leave so much unread that nothing should be made for them that can wait.
    [[nodiscard]] virtual bool is_crowded() const = 0;

    /// `gone` runs when the client goes, for who waits for something else; an empty one takes it back.
    virtual void on_gone(std::function<void()> gone) = 0;

  protected:
    ~http_stream() = default;
};

}  // namespace bkes::proxy
