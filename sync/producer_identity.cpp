#include "sync/producer_identity.hpp"

#include "protocol/kafka_error.hpp"
#include "protocol/messages/init_producer_id.hpp"
#include "sync/link_errors.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <limits>
#include <utility>

namespace bkes::sync {

namespace {

constexpr std::chrono::seconds answer_timeout{10};
constexpr protocol::version_range init_producer_id_versions{.min = 1, .max = 4};

}  // namespace

sequence_number sequence_after(sequence_number first, std::int32_t count) {
    constexpr auto wrap = std::int64_t{std::numeric_limits<std::int32_t>::max()} + 1;
    return sequence_number{static_cast<std::int32_t>((std::int64_t{first.value()} + count) % wrap)};
}

void take_identity(broker_link& link,
                   std::move_only_function<void(result<producer_identity>)> done) {
    protocol::init_producer_id_request request;
    request.transactional_id = std::nullopt;
    request.transaction_timeout_ms = std::numeric_limits<std::int32_t>::max();
    link.call_latest<protocol::init_producer_id_response>(
        request, init_producer_id_versions, answer_timeout,
        [done = std::move(done)](result<protocol::init_producer_id_response> response) mutable {
            if (!response) {
                done(failure{response.error()});
            } else if (response->error_code != 0) {
                const auto error = static_cast<protocol::kafka_error>(response->error_code);
                // A broker that has just started is still loading its transaction coordinator.
                spdlog::log(
                    protocol::is_retriable(error) ? spdlog::level::debug : spdlog::level::warn,
                    "the broker gives no producer id yet reason={}", protocol::name_of(error));
                done(failure{make_error_code(link_errc::broker_error)});
            } else {
                done(producer_identity{.producer = producer_id{response->producer_id},
                                       .epoch = producer_epoch{response->producer_epoch}});
            }
        });
}

}  // namespace bkes::sync
