#include "sync/log/log_reader.hpp"

#include "protocol/messages/list_offsets.hpp"
#include "protocol/wire/field_versions.hpp"
#include "sync/broker/link_errors.hpp"
#include "sync/types/log.hpp"

#include <utility>
#include <vector>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;

constexpr auto fetch_timeout = 10s;
/// A broker answers one request of a connection after the other, so a login that is due waits for
/// the long poll before it.
constexpr auto login_waits_max = 500ms;
constexpr protocol::version_range fetch_versions{.min = 4, .max = 13};
/// KIP-516: from then on not by name.
constexpr std::int16_t first_version_with_topic_ids =
    protocol::first_version_of<protocol::fetch_request::topic>("topic_id");
constexpr protocol::version_range fetch_by_name_versions{.min = 4,
                                                         .max = first_version_with_topic_ids - 1};
/// KIP-595: the last fetched epoch is checked.
constexpr std::int16_t first_version_with_epochs =
    protocol::first_version_of<protocol::fetch_request::topic::partition>("last_fetched_epoch");
constexpr protocol::version_range list_offsets_versions{.min = 2, .max = 7};
constexpr std::int8_t read_committed = 1;
constexpr std::int64_t latest = -1;
constexpr std::int64_t earliest = -2;

/// Brokers since 2.0 answer at once, with nothing in it.
bool is_throttled(const protocol::fetch_response& response) {
    return response.error_code == 0 && response.responses.empty() && response.throttle_time_ms > 0;
}

}  // namespace

log_reader::log_reader(boost::asio::io_context& context, cluster_view& view, options settings)
    : settings_{std::move(settings)},
      link_{std::make_shared<leader_link>(
          context, view,
          leader_link::options{.topic = settings_.topic,
                               .partition = settings_.partition,
                               .client_id = settings_.client_id + "-read",
                               .keep_alive = settings_.keep_alive,
                               .security = settings_.security})},
      throttled_{context} {}

void log_reader::fetch(position from, std::chrono::milliseconds max_wait, fetch_handler done) {
    link_->get([self = shared_from_this(), from, max_wait,
                done = std::move(done)](result<std::shared_ptr<broker_link>> link) mutable {
        if (!link) {
            done(failure{link.error()});
            return;
        }
        self->send_fetch(**link, from, max_wait, std::move(done));
    });
}

void log_reader::send_fetch(broker_link& link, position from, std::chrono::milliseconds max_wait,
                            fetch_handler done) {
    const auto& versions = from.topic_id.is_zero() ? fetch_by_name_versions : fetch_versions;
    const auto version = link.shared_version(protocol::fetch_request::schema.key, versions);
    protocol::fetch_request request;
    const auto until_login =
        std::max<std::chrono::milliseconds>(link.time_to_login(), login_waits_max);
    request.max_wait_ms = static_cast<std::int32_t>(std::min(max_wait, until_login).count());
    request.min_bytes = 1;
    request.max_bytes = settings_.fetch_bytes_max;
    request.isolation_level = read_committed;
    auto& topic = request.topics.emplace_back();
    topic.name = settings_.topic;
    topic.topic_id = from.topic_id;
    auto& partition = topic.partitions.emplace_back();
    partition.partition_index = settings_.partition.value();
    partition.fetch_offset = from.next_offset.value();
    partition.partition_max_bytes = settings_.fetch_bytes_max;
    if (version >= first_version_with_epochs) {
        partition.last_fetched_epoch = from.epoch.value();
    }
    link.call_latest<protocol::fetch_response>(
        request, versions, max_wait + fetch_timeout,
        [self = shared_from_this(), from, max_wait,
         done = std::move(done)](result<protocol::fetch_response> response) mutable {
            if (!response) {
                done(failure{response.error()});
                return;
            }
            if (is_throttled(*response)) {
                self->fetch_later(std::chrono::milliseconds{response->throttle_time_ms}, from,
                                  max_wait, std::move(done));
                return;
            }
            done(self->read(*response));
        });
}

/// A quota of the brokers is used up: until then they would not answer either.
void log_reader::fetch_later(std::chrono::milliseconds pause, position from,
                             std::chrono::milliseconds max_wait, fetch_handler done) {
    if (!std::exchange(was_throttled_, true)) {
        sync_log().info(
            "a quota of the brokers slows reading down topic={} partition={} pause_ms={}",
            settings_.topic, settings_.partition.value(), pause.count());
    }
    throttled_.expires_after(pause);
    throttled_.async_wait([self = shared_from_this(), from, max_wait,
                           done = std::move(done)](boost::system::error_code) mutable {
        self->fetch(from, max_wait, std::move(done));
    });
}

result<fetched_partition> log_reader::read(const protocol::fetch_response& response) const {
    fetched_partition fetched;
    if (response.error_code != 0) {
        fetched.error_code = response.error_code;
        return fetched;
    }
    if (response.responses.size() != 1 || response.responses.front().partitions.size() != 1) {
        return failure{make_error_code(link_errc::bad_answer)};
    }
    const auto& partition = response.responses.front().partitions.front();
    fetched.error_code = partition.error_code;
    if (partition.error_code != 0) {
        return fetched;
    }
    fetched.high_watermark = log_offset{partition.high_watermark};
    fetched.last_stable = log_offset{partition.last_stable_offset};
    fetched.log_start = log_offset{partition.log_start_offset};
    if (partition.diverging_epoch.end_offset >= 0) {
        fetched.diverging = divergence{.epoch = leader_epoch{partition.diverging_epoch.epoch},
                                       .end = log_offset{partition.diverging_epoch.end_offset}};
        return fetched;
    }
    std::vector<aborted_transaction> aborted;
    if (partition.aborted_transactions) {
        for (const auto& one : *partition.aborted_transactions) {
            aborted.push_back({producer_id{one.producer_id}, log_offset{one.first_offset}});
        }
    }
    auto log = read_fetched_log(partition.records.value_or(bytes_view{}), aborted,
                                settings_.expanded_bytes_max);
    if (!log) {
        return failure{log.error()};
    }
    fetched.log = std::move(*log);
    return fetched;
}

void log_reader::find_bounds(bounds_handler done) {
    ask_offset(earliest, [self = shared_from_this(),
                          done = std::move(done)](result<log_offset> start) mutable {
        if (!start) {
            done(failure{start.error()});
            return;
        }
        self->ask_offset(latest,
                         [start = *start, done = std::move(done)](result<log_offset> end) mutable {
                             if (!end) {
                                 done(failure{end.error()});
                                 return;
                             }
                             done(log_bounds{.start = start, .end = *end});
                         });
    });
}

void log_reader::ask_offset(std::int64_t timestamp,
                            std::move_only_function<void(result<log_offset>)> done) {
    link_->get([self = shared_from_this(), timestamp,
                done = std::move(done)](result<std::shared_ptr<broker_link>> link) mutable {
        if (!link) {
            done(failure{link.error()});
            return;
        }
        protocol::list_offsets_request request;
        request.replica_id = -1;
        auto& topic = request.topics.emplace_back();
        topic.name = self->settings_.topic;
        auto& partition = topic.partitions.emplace_back();
        partition.partition_index = self->settings_.partition.value();
        partition.timestamp = timestamp;
        (*link)->call_latest<protocol::list_offsets_response>(
            request, list_offsets_versions, fetch_timeout,
            [done = std::move(done)](result<protocol::list_offsets_response> response) mutable {
                if (!response) {
                    done(failure{response.error()});
                    return;
                }
                if (response->topics.empty() || response->topics.front().partitions.empty()) {
                    done(failure{make_error_code(link_errc::bad_answer)});
                    return;
                }
                const auto& answered = response->topics.front().partitions.front();
                if (answered.error_code != 0) {
                    done(failure{make_error_code(link_errc::broker_error)});
                    return;
                }
                done(log_offset{answered.offset});
            });
    });
}

}  // namespace bkes::sync
