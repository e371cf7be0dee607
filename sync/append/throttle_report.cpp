#include "sync/append/throttle_report.hpp"

#include "sync/types/shell_quoted.hpp"

#include <fmt/format.h>

#include <utility>

namespace bkes::sync {

std::optional<std::string> throttle_report::throttled(const std::string& broker, milliseconds time,
                                                      time_point now) {
    const std::lock_guard guard{mutex_};
    auto& [told_at, since] = brokers_[broker];
    for (auto* const sums : {&seen_, &since}) {
        ++sums->answers;
        sums->time += time;
    }
    if (told_at && now - *told_at < quiet) {
        return std::nullopt;
    }
    told_at = now;
    const auto told = std::exchange(since, {});
    return fmt::format(
        "a quota of the brokers holds up the appends of all clients address={} throttle_ms={} "
        "answers={} answers_ms={} exempt=\"{}\"",
        broker, time.count(), told.answers, told.time.count(), exemption());
}

std::string throttle_report::exemption() const {
    return fmt::format(
        "kafka-configs.sh --bootstrap-server {} --alter --add-config "
        "producer_byte_rate=9223372036854775807,request_percentage=2147483647 "
        "--entity-type users --entity-name {} --entity-type clients --entity-name {}",
        who_.servers, shell_quoted(who_.principal), shell_quoted(who_.client_id));
}

throttle_report::totals throttle_report::seen() const {
    const std::lock_guard guard{mutex_};
    return seen_;
}

}  // namespace bkes::sync
