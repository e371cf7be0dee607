#pragma once
// The value of Kafka's sasl.jaas.config, as far as it holds a user's name and password:
//
//   org.apache.kafka.common.security.plain.PlainLoginModule required username="alice" password="...";
//
// The grammar is that of Java's JAAS files (javax.security.auth.login.Configuration): words, values
// in quotes with the escapes of a StreamTokenizer, comments; exactly one module. Pure.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace bkes::proxy {

struct jaas_login {
    enum class module_kind : std::uint8_t { plain, scram };

    module_kind module = module_kind::plain;
    std::string username{};
    std::string password{};
};

/// Fails with what is wrong, in words that hold nothing of what may be a password.
std::expected<jaas_login, std::string> parse_jaas_login(std::string_view text);

}  // namespace bkes::proxy
