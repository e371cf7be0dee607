#include "sync/oauth/token_endpoint.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/http.h>

#include <algorithm>
#include <string_view>

namespace bkes::sync {

namespace {

/// A text that OpenSSL allocates into.
class openssl_text {
  public:
    [[nodiscard]] char** into() { return &raw_; }

    [[nodiscard]] std::string_view view() const { return raw_ == nullptr ? "" : raw_; }

    openssl_text() = default;
    openssl_text(const openssl_text&) = delete;
    openssl_text& operator=(const openssl_text&) = delete;

    ~openssl_text() { OPENSSL_free(raw_); }

  private:
    char* raw_ = nullptr;
};

bool is_of_this_machine(const std::string& host) {
    boost::system::error_code failed;
    const auto address = boost::asio::ip::make_address(host, failed);
    return failed ? host == "localhost" : address.is_loopback();
}

bool is_visible(char c) {
    return c > ' ' && c <= '~';
}

}  // namespace

std::string token_endpoint::authority() const {
    const auto name = host.contains(':') ? "[" + host + "]" : host;
    return port == (is_tls ? 443 : 80) ? name : fmt::format("{}:{}", name, port);
}

std::expected<token_endpoint, std::string> parse_token_endpoint(const std::string& url) {
    const auto wrong = [](std::string_view what) { return std::unexpected{std::string{what}}; };
    if (!url.starts_with("https://") && !url.starts_with("http://")) {
        return wrong("begins neither with https:// nor with http://");
    }
    if (!std::ranges::all_of(url, is_visible)) {
        return wrong("has characters that have to be percent-encoded");
    }
    openssl_text user;
    openssl_text host;
    openssl_text path;
    openssl_text query;
    openssl_text fragment;
    int is_tls = 0;
    int port = 0;
    if (::OSSL_HTTP_parse_url(url.c_str(), &is_tls, user.into(), host.into(), nullptr, &port,
                              path.into(), query.into(), fragment.into()) != 1 ||
        host.view().empty() || port <= 0 || port > 0xffff) {
        return wrong("is no URL");
    }
    if (!user.view().empty() || !fragment.view().empty()) {
        return wrong("has a user or a fragment, which a token endpoint hasn't");
    }
    token_endpoint found{.is_tls = is_tls != 0,
                         .host = std::string{host.view()},
                         .port = static_cast<std::uint16_t>(port),
                         .target = std::string{path.view()}};
    if (found.host.starts_with('[') && found.host.ends_with(']')) {
        found.host = found.host.substr(1, found.host.size() - 2);
    }
    if (!query.view().empty()) {
        found.target += fmt::format("?{}", query.view());
    }
    if (!found.is_tls && !is_of_this_machine(found.host)) {
        return wrong("would have the client's secret travel in plain text; https:// is needed");
    }
    return found;
}

}  // namespace bkes::sync
