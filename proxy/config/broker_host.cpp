#include "proxy/config/broker_host.hpp"

#include "proxy/config/values.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace bkes::proxy {

namespace {

constexpr std::string_view id_place = "$(id)";
constexpr std::size_t label_bytes_max = 63;
constexpr std::size_t host_bytes_max = 253;

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= label_bytes_max && label.front() != '-' &&
           label.back() != '-' &&
           std::ranges::all_of(label, [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

bool is_host_name(std::string_view host) {
    if (host.size() > host_bytes_max) {
        return false;
    }
    while (true) {
        const auto dot = host.find('.');
        if (!is_label(host.substr(0, dot))) {
            return false;
        }
        if (dot == std::string_view::npos) {
            return true;
        }
        host.remove_prefix(dot + 1);
    }
}

}  // namespace

bool is_broker_host(std::string_view pattern) {
    const auto place = pattern.find(id_place);
    return place != std::string_view::npos &&
           pattern.find(id_place, place + 1) == std::string_view::npos &&
           is_host_name(host_of_broker(pattern, node_id{INT32_MAX}));
}

std::string host_of_broker(std::string_view pattern, node_id broker) {
    std::string host{pattern};
    return host.replace(host.find(id_place), id_place.size(), std::to_string(broker.value()));
}

std::optional<node_id> broker_of_host(std::string_view pattern, std::string_view host) {
    if (host.ends_with('.')) {
        host.remove_suffix(1);
    }
    const auto place = pattern.find(id_place);
    const auto behind = pattern.size() - place - id_place.size();
    if (host.size() <= place + behind) {
        return std::nullopt;
    }
    const auto digits = host.substr(place, host.size() - place - behind);
    std::int32_t id = 0;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
    if (failed != std::errc{} || end != digits.data() + digits.size() || id < 0) {
        return std::nullopt;
    }
    const auto wanted = host_of_broker(pattern, node_id{id});
    return lower_case(wanted) == lower_case(host) ? std::optional{node_id{id}} : std::nullopt;
}

}  // namespace bkes::proxy
