#pragma once
// HTTP/1.1, under TLS or not, for who looks at bkes from outside: people, orchestrators, Prometheus. It has a thread of
// its own, so that nobody who reads slowly here, and no answer that takes long to make, delays a
// client of Kafka. GET and HEAD alone.
//
// Bytes of peers are hostile: a request has some KiB and no body, it has a time to come and so has
// its answer to be taken, and there are so many connections at most, further ones are closed, and so
// many bytes that wait for their readers.

#include "proxy/config/host_port.hpp"
#include "proxy/http/http_connection.hpp"
#include "proxy/http/http_message.hpp"
#include "sync/net/tls_source.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <memory>

namespace bkes::proxy {

class http_server {
  public:
    /// `answer` runs on the server's thread.
    explicit http_server(http_handler answer, http_limits limits = {});
    http_server(const http_server&) = delete;
    http_server& operator=(const http_server&) = delete;
    /// Ends all connections at once.
    ~http_server();

    /// Binds and listens. Once, before `start`.
    boost::system::error_code bind(const host_port& address);

    /// `tls`: null for plain text.
    void start(std::shared_ptr<const sync::tls_source> tls = nullptr);

    /// The one that its thread runs.
    [[nodiscard]] boost::asio::io_context& context();

    /// The one in fact bound, also if 0 was asked for.
    [[nodiscard]] std::uint16_t port() const;

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace bkes::proxy
