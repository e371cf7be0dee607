#include "sync/membership/member_name.hpp"

#include <algorithm>
#include <charconv>

namespace bkes::sync {

namespace {

constexpr std::string_view name_prefix = "bkes:1:";
constexpr std::size_t instance_digits = 32;

bool is_instance(std::string_view text) {
    return text.size() == instance_digits &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    const bool is_port = error == std::errc{} && end == text.data() + text.size() && port != 0;
    return is_port ? std::optional{port} : std::nullopt;
}

}  // namespace

std::string address_of(const member_name& name) {
    const bool is_v6 = name.host.contains(':');
    return (is_v6 ? "[" + name.host + "]" : name.host) + ":" + std::to_string(name.port);
}

std::string client_id_of(const member_name& name) {
    return std::string{name_prefix} + address_of(name) + ":" + name.instance;
}

std::optional<member_name> parse_member_name(std::string_view client_id) {
    if (!client_id.starts_with(name_prefix)) {
        return std::nullopt;
    }
    client_id.remove_prefix(name_prefix.size());
    const auto before_instance = client_id.rfind(':');
    if (before_instance == std::string_view::npos) {
        return std::nullopt;
    }
    const auto instance = client_id.substr(before_instance + 1);
    const auto address = client_id.substr(0, before_instance);
    const auto before_port = address.rfind(':');
    if (before_port == std::string_view::npos) {
        return std::nullopt;
    }
    const auto port = parse_port(address.substr(before_port + 1));
    auto host = address.substr(0, before_port);
    const bool has_brackets = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    if (has_brackets) {
        host = host.substr(1, host.size() - 2);
    }
    if (!port || host.empty() || host.contains(':') != has_brackets || !is_instance(instance)) {
        return std::nullopt;
    }
    return member_name{.host = std::string{host}, .port = *port, .instance = std::string{instance}};
}

}  // namespace bkes::sync
