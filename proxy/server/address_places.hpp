#pragma once
// How many connections each address has: connections.max.per.ip. Thread-safe.

#include <boost/asio/ip/address.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

namespace bkes::proxy {

class address_places {
  public:
    explicit address_places(std::int32_t max) : max_{max} {}

    /// From now on; who has more keeps them.
    void set_max(std::int32_t max) { max_ = max; }

    [[nodiscard]] std::int32_t max() const { return max_; }

    /// A place for one more connection, until the pointer is gone; empty if the address has as many
    /// as it may. An IPv4 address is the same one when it comes by IPv6.
    std::shared_ptr<void> take(const boost::asio::ip::address& address);

  private:
    struct table {
        std::mutex mutex;
        std::map<boost::asio::ip::address, std::int32_t> taken;
    };

    std::atomic<std::int32_t> max_;
    /// Shared with the places, which may be left when the server is gone.
    std::shared_ptr<table> table_ = std::make_shared<table>();
};

}  // namespace bkes::proxy
