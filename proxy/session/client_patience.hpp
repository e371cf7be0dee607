#pragma once
// When a client that sends nothing, or not enough, is given up.
//
//   - Whoever hasn't shown yet that the broker listens to him has to finish each request within a
//     minute of its first byte, and the first within a minute of connecting: memory and a place
//     among the connections are held for him meanwhile. Kafka's brokers have no such limit.
//   - A connection on which no byte moves for `idle_max` while bkes owes nothing is idle, as
//     brokers have it (connections.max.idle.ms). Waiting for an answer isn't.
//
// No clock of its own: time comes in. Belongs to one session, used on its thread only.

#include "proxy/session/disconnect.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace bkes::proxy {

class client_patience {
  public:
    using clock = std::chrono::steady_clock;

    struct limits {
        std::chrono::milliseconds request_max;  ///< of who isn't proven
        std::chrono::milliseconds idle_max;
    };

    client_patience(limits given, clock::time_point connected)
        : limits_{given}, moved_{connected}, request_began_{connected} {}

    /// Bytes came from the client or went to it.
    void moved(clock::time_point now) { moved_ = now; }

    /// The first bytes of a request are there, but not all.
    void request_began(clock::time_point now) {
        has_begun_ = true;
        request_began_ = request_began_.value_or(now);
    }

    void request_is_whole() {
        has_begun_ = false;
        request_began_.reset();
    }

    void proven() { is_proven_ = true; }

    [[nodiscard]] bool is_proven() const { return is_proven_; }

    /// `awaits_bytes`: bkes reads and the client doesn't send. `is_idle`: nothing is owed to it
    /// besides, or it doesn't take what it gets.
    [[nodiscard]] std::optional<disconnect> given_up(clock::time_point now, bool awaits_bytes,
                                                     bool is_idle) const {
        if (awaits_bytes && !is_proven_ && request_began_ &&
            now - *request_began_ >= limits_.request_max) {
            return has_begun_ ? disconnect::unfinished_request : disconnect::idle;
        }
        return is_idle && now - moved_ >= limits_.idle_max ? std::optional{disconnect::idle}
                                                           : std::nullopt;
    }

    /// When to look again, as nothing can be over before.
    [[nodiscard]] clock::time_point next_look(clock::time_point now) const {
        const auto later = [now](clock::time_point since, std::chrono::milliseconds limit) {
            return since + limit > now ? since + limit : now + limit;
        };
        const auto idle = later(moved_, limits_.idle_max);
        return is_proven_
                   ? idle
                   : std::min(idle, later(request_began_.value_or(now), limits_.request_max));
    }

  private:
    limits limits_;
    clock::time_point moved_;
    std::optional<clock::time_point> request_began_;  ///< or is awaited since, at first
    bool has_begun_ = false;
    bool is_proven_ = false;
};

}  // namespace bkes::proxy
