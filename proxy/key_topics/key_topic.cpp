#include "proxy/key_topics/key_topic.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <cstring>

namespace bkes::proxy {

namespace {

constexpr bytes_view infix = ".key.";
constexpr bytes_view hex_digits = "0123456789ABCDEF";
constexpr std::uint8_t uuid_version_8 = 0x80;
constexpr std::uint8_t uuid_variant = 0x80;

bool stands_for_itself(char octet) {
    return (octet >= 'A' && octet <= 'Z') || (octet >= 'a' && octet <= 'z') ||
           (octet >= '0' && octet <= '9') || octet == '_' || octet == '-';
}

void append_escaped(bytes_view key, std::string& name) {
    for (const char octet : key) {
        if (stands_for_itself(octet)) {
            name += octet;
        } else {
            const auto value = static_cast<std::uint8_t>(octet);
            name += '.';
            name += hex_digits[value >> 4U];
            name += hex_digits[value & 0xfU];
        }
    }
}

/// The key that gives this name; none if it isn't exactly what `append_escaped` writes.
std::optional<bytes> unescape(bytes_view escaped) {
    bytes key;
    for (std::size_t at = 0; at < escaped.size(); ++at) {
        if (stands_for_itself(escaped[at])) {
            key += escaped[at];
            continue;
        }
        if (escaped[at] != '.' || at + 2 >= escaped.size()) {
            return std::nullopt;
        }
        const auto high = hex_digits.find(escaped[at + 1]);
        const auto low = hex_digits.find(escaped[at + 2]);
        if (high == bytes_view::npos || low == bytes_view::npos) {
            return std::nullopt;
        }
        const auto octet = static_cast<char>((high << 4U) | low);
        if (stands_for_itself(octet)) {
            return std::nullopt;
        }
        key += octet;
        at += 2;
    }
    return key;
}

}  // namespace

std::optional<std::string> key_topic_name(bytes_view topic, bytes_view key) {
    std::string name{topic};
    name += infix;
    append_escaped(key, name);
    if (name.size() > topic_name_bytes_max) {
        return std::nullopt;
    }
    return name;
}

std::string key_topic_name_start(bytes_view topic, bytes_view key) {
    std::string name{topic};
    name += infix;
    append_escaped(key.substr(0, topic_name_bytes_max), name);
    name.resize(std::min(name.size(), topic_name_bytes_max));
    return name;
}

uuid key_topic_id(bytes_view name) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(name.data()), name.size(), digest);
    uuid id;
    std::memcpy(id.octets.data(), digest, id.octets.size());
    id.octets[6] = static_cast<std::uint8_t>((id.octets[6] & 0x0fU) | uuid_version_8);
    id.octets[8] = static_cast<std::uint8_t>((id.octets[8] & 0x3fU) | uuid_variant);
    return id;
}

bool is_key_topic_id(const uuid& id) {
    return (id.octets[6] & 0xf0U) == uuid_version_8 && (id.octets[8] & 0xc0U) == uuid_variant;
}

key_topic_names::key_topic_names(const std::vector<std::string>& guarded_topics) {
    for (const auto& topic : guarded_topics) {
        spaces_.push_back({topic, topic + std::string{infix}});
    }
}

const key_topic_names::name_space* key_topic_names::find(bytes_view name) const {
    const auto found = std::ranges::find_if(
        spaces_, [name](const name_space& space) { return name.starts_with(space.prefix); });
    return found == spaces_.end() ? nullptr : &*found;
}

topic_kind key_topic_names::kind_of(bytes_view name) const {
    if (find(name) == nullptr) {
        return topic_kind::real;
    }
    return parse(name) ? topic_kind::key : topic_kind::malformed;
}

std::optional<key_topic> key_topic_names::parse(bytes_view name) const {
    const auto* space = find(name);
    if (space == nullptr || name.size() > topic_name_bytes_max) {
        return std::nullopt;
    }
    auto key = unescape(name.substr(space->prefix.size()));
    if (!key) {
        return std::nullopt;
    }
    return key_topic{space->topic, std::move(*key)};
}

}  // namespace bkes::proxy
