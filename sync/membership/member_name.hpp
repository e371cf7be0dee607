#pragma once
// How an instance shows itself in its consumer group: its client id, which everybody sees who asks the
// brokers for the group.
//
//   bkes:1:HOST:PORT:INSTANCE      HOST may be an IPv6 address in brackets

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bkes::sync {

struct member_name {
    std::string host;  ///< where clients and other instances reach it; IPv6 without brackets
    std::uint16_t port = 0;
    std::string instance;  ///< of this process alone: 32 hexadecimal digits

    friend bool operator==(const member_name&, const member_name&) = default;
};

/// HOST:PORT, as it is written.
[[nodiscard]] std::string address_of(const member_name& name);

[[nodiscard]] std::string client_id_of(const member_name& name);

/// Empty: no instance of bkes, or one of a version that says something else.
[[nodiscard]] std::optional<member_name> parse_member_name(std::string_view client_id);

}  // namespace bkes::sync
