#pragma once
// Where an instance is asked by who has its data directory: the socket data.dir/control.

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/system/error_code.hpp>

#include <string>

namespace bkes::proxy {

class control_address {
  public:
    explicit control_address(const std::string& data_dir);
    control_address(const control_address&) = delete;
    control_address& operator=(const control_address&) = delete;
    ~control_address();

    [[nodiscard]] const std::string& path() const { return path_; }

    /// As long as this object lives. An address has room for 107 bytes: a longer path goes by the
    /// directory's descriptor (/proc/self/fd), and fails where that can't be had.
    boost::asio::local::stream_protocol::endpoint endpoint(boost::system::error_code& failed);

  private:
    std::string directory_;
    std::string path_;
    int descriptor_ = -1;
};

}  // namespace bkes::proxy
