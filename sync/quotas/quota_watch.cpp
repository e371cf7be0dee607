#include "sync/quotas/quota_watch.hpp"

#include "protocol/kafka_error.hpp"
#include "sync/types/log.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;
using protocol::describe_client_quotas_response;

/// The cluster's metadata are asked for each ten seconds, and at times much more often.
constexpr auto interval = 9s;

/// Empty: the quota isn't one of a user or client id.
std::optional<quota_entity> read_entity(const describe_client_quotas_response::entry& entry) {
    quota_entity entity;
    for (const auto& part : entry.entity) {
        entity_name name{.is = entity_name::kind::default_value, .name = {}};
        if (part.entity_name) {
            name = {.is = entity_name::kind::exact, .name = std::string{*part.entity_name}};
        }
        if (part.entity_type == "user") {
            entity.user = std::move(name);
        } else if (part.entity_type == "client-id") {
            entity.client_id = std::move(name);
        } else {
            return std::nullopt;
        }
    }
    return entity;
}

}  // namespace

quota_table read_quotas(const describe_client_quotas_response& answer) {
    using value = describe_client_quotas_response::entry::quota_value;

    quota_table table;
    if (!answer.entries) {
        return table;
    }
    for (const auto& entry : *answer.entries) {
        const auto bound =
            std::ranges::find(entry.values, std::string_view{"producer_byte_rate"}, &value::key);
        auto entity = read_entity(entry);
        if (bound != entry.values.end() && entity) {
            table.set(*std::move(entity), bound->value);
        }
    }
    return table;
}

void quota_watch::ask(broker_link& link) {
    const auto now = std::chrono::steady_clock::now();
    if (asked_at_ && now - *asked_at_ < interval) {
        return;
    }
    asked_at_ = now;
    const protocol::describe_client_quotas_request all;
    link.call_latest<describe_client_quotas_response>(
        all, decltype(all)::schema.versions, small_answer_timeout,
        [self = shared_from_this()](const result<describe_client_quotas_response>& answer) {
            self->answered(answer);
        });
}

/// Without an answer the link has ended, and its owner says so; or the broker is older than quotas that
/// can be asked for (2.6).
void quota_watch::answered(const result<describe_client_quotas_response>& answer) {
    if (!answer) {
        sync_log().debug("quotas of clients are not told reason=\"{}\"", answer.error().message());
    } else if (answer->error_code != 0) {
        refused(answer->error_code);
    } else {
        refused_with_ = 0;
        quotas_->replace(read_quotas(*answer));
    }
}

void quota_watch::refused(std::int16_t error_code) {
    if (std::exchange(refused_with_, error_code) == error_code) {
        return;
    }
    const auto error = static_cast<protocol::kafka_error>(error_code);
    const bool is_right_missing = error == protocol::kafka_error::cluster_authorization_failed;
    sync_log().warn(
        "quotas of clients can't be read, their appends are not bound by them reason={}{}",
        protocol::name_of(error),
        is_right_missing ? fmt::format(" add=\"{}\"", grant_) : std::string{});
}

}  // namespace bkes::sync
