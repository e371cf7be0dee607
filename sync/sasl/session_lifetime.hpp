#pragma once
// When to log in again on the same connection (KIP-368). A broker that says how long a login lasts
// ends the connection at the first request after that.

#include <algorithm>
#include <chrono>
#include <optional>

namespace bkes::sync {

/// How long after a login the next one begins: at four fifths of what the broker said, for what may
/// be under way then. Empty: the login lasts as long as the connection.
///
/// A broker takes a handshake within a second of the last login for a mistake (Kafka:
/// KafkaChannel.MIN_REAUTH_INTERVAL_ONE_SECOND_NANOS).
constexpr std::optional<std::chrono::milliseconds> next_login_after(
    std::chrono::milliseconds session_lifetime) {
    constexpr std::chrono::milliseconds soonest{1'100};
    if (session_lifetime <= std::chrono::milliseconds{0}) {
        return std::nullopt;
    }
    return std::max(session_lifetime / 5 * 4, soonest);
}

}  // namespace bkes::sync
