#pragma once
// Certificates are read again when their files change, or when somebody asks for it (SIGHUP). Those
// that can't be used leave the old ones in force, and the log says so.
//
// Belongs to one context, on which all its functions are called.

#include "sync/net/tls_source.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <string>
#include <vector>

namespace bkes::proxy {

struct named_certificates {
    std::string whose;  ///< for the log: `listener=EXTERNAL`
    std::shared_ptr<sync::tls_source> source;
};

class certificate_watch : public std::enable_shared_from_this<certificate_watch> {
  public:
    certificate_watch(boost::asio::io_context& context, std::vector<named_certificates> all)
        : timer_{context}, all_{std::move(all)} {}

    /// Looks at the files from now on, as long as the context runs.
    void start();

    void reload_all();

  private:
    static void reload(const named_certificates& one);

    boost::asio::steady_timer timer_;
    const std::vector<named_certificates> all_;
};

}  // namespace bkes::proxy
