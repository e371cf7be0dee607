#pragma once
// What an administrator has to know when brokers hold bkes' appends back for a quota: they come from
// bkes' own user and client id, so that one quota holds up the appends of all clients
// (docs/decisions/quotas.md). One for all lanes; any thread.

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace bkes::sync {

class throttle_report {
  public:
    using milliseconds = std::chrono::milliseconds;
    using time_point = std::chrono::steady_clock::time_point;

    /// So long after a line about a broker there is no other one about it.
    static constexpr std::chrono::seconds quiet{30};

    /// As brokers know it.
    struct sender {
        std::string principal;  ///< without `User:`
        std::string client_id;
        std::string servers;  ///< as bootstrap.servers
    };

    /// Answers with a throttle time, and the sum of these times.
    struct totals {
        std::uint64_t answers = 0;
        milliseconds time{0};
    };

    explicit throttle_report(sender who) : who_{std::move(who)} {}

    /// An answer of the broker HOST:PORT holds the next requests back for `time`. The line to write,
    /// if it is time for one: it counts all since the last one.
    std::optional<std::string> throttled(const std::string& broker, milliseconds time,
                                         time_point now);

    /// The command after which no quota binds bkes' appends: that of a user and a client id together
    /// comes before all others.
    [[nodiscard]] std::string exemption() const;

    /// Since the start.
    [[nodiscard]] totals seen() const;

  private:
    struct of_broker {
        std::optional<time_point> told_at;
        totals since;
    };

    const sender who_;
    mutable std::mutex mutex_;  ///< guards what follows
    std::map<std::string, of_broker> brokers_;
    totals seen_;
};

}  // namespace bkes::sync
