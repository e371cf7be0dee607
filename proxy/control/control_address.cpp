#include "proxy/control/control_address.hpp"

#include <boost/system/system_category.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <sys/un.h>
#include <unistd.h>

namespace bkes::proxy {

namespace {

constexpr std::string_view socket_name = "/control";
constexpr std::size_t address_bytes_max = sizeof(sockaddr_un::sun_path) - 1;

}  // namespace

control_address::control_address(const std::string& data_dir)
    : directory_{data_dir}, path_{data_dir + std::string{socket_name}} {}

control_address::~control_address() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

boost::asio::local::stream_protocol::endpoint control_address::endpoint(
    boost::system::error_code& failed) {
    failed.clear();
    if (path_.size() <= address_bytes_max) {
        return {path_};
    }
    if (descriptor_ < 0) {
        descriptor_ = ::open(directory_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    }
    if (descriptor_ < 0) {
        failed.assign(errno, boost::system::system_category());
        return {};
    }
    return {fmt::format("/proc/self/fd/{}{}", descriptor_, socket_name)};
}

}  // namespace bkes::proxy
