#pragma once
// SIGHUP: certificates, log.level and the limits on connections are read again (contract section 10).
// What is wrong in the settings by then is said, and all stays as it is.

#include "proxy/config/config.hpp"
#include "proxy/server/certificate_watch.hpp"
#include "proxy/server/server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <functional>
#include <memory>

namespace bkes::proxy {

/// The settings once more from all their sources; throws config_error.
using reread_config = std::function<config()>;

class hangup : public std::enable_shared_from_this<hangup> {
  public:
    /// On the context, which is the server's first.
    hangup(boost::asio::io_context& context, server& proxy,
           std::shared_ptr<certificate_watch> certificates, reread_config reread);

    void await_signal();

  private:
    void reload();

    boost::asio::signal_set signals_;
    server& server_;
    std::shared_ptr<certificate_watch> certificates_;
    reread_config reread_;
};

/// Until there is a `hangup`, the signal does nothing: all is being read anyway.
void ignore_hangup();

}  // namespace bkes::proxy
