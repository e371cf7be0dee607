#include "proxy/http/http_message.hpp"

#include <boost/beast/http/status.hpp>

namespace bkes::proxy {

std::string_view reason_of(unsigned status) {
    namespace http = boost::beast::http;
    const auto words = http::obsolete_reason(static_cast<http::status>(status));
    return {words.data(), words.size()};
}

}  // namespace bkes::proxy
