#include "proxy/server/loopback_pair.hpp"

namespace bkes::proxy {

namespace asio = boost::asio;
using asio::ip::tcp;

result<std::pair<tcp::socket, tcp::socket>> make_loopback_pair(asio::io_context& first,
                                                               asio::io_context& second) {
    boost::system::error_code failed;
    tcp::acceptor door{first};
    tcp::socket near{first};
    door.open(tcp::v4(), failed);
    if (!failed) {
        door.bind({asio::ip::address_v4::loopback(), 0}, failed);
    }
    if (!failed) {
        door.listen(1, failed);
    }
    if (!failed) {
        near.connect(door.local_endpoint(), failed);
    }
    // Whoever else on this machine found the port in that moment is turned away.
    while (!failed) {
        auto far = door.accept(second, failed);
        if (!failed && far.remote_endpoint(failed) == near.local_endpoint(failed)) {
            near.set_option(tcp::no_delay{true}, failed);
            return std::pair{std::move(near), std::move(far)};
        }
    }
    return failure{failed};
}

}  // namespace bkes::proxy
