#include "sync/quotas/quota_table.hpp"

#include <utility>

namespace bkes::sync {

namespace {

/// Kafka's own word for no quota: the largest number that one can be set to.
constexpr double unlimited = 9'223'372'036'854'775'807.0;

}  // namespace

void quota_table::set(quota_entity entity, double bytes_per_second) {
    bounds_[std::move(entity)] = bytes_per_second;
    is_limiting_ = is_limiting_ || bytes_per_second < unlimited;
}

std::optional<client_quota> quota_table::find(const produce_client& who) const {
    using enum entity_name::kind;

    struct level {
        quota_entity entity;
        bool is_of_user;
        bool is_of_client_id;
    };

    const entity_name all{.is = none, .name = {}};
    const entity_name any{.is = default_value, .name = {}};
    const entity_name user{.is = exact, .name = std::string{who.user.value_or(bytes_view{})}};
    const entity_name client_id{.is = exact, .name = std::string{who.client_id}};
    const level levels[] = {
        {{user, client_id}, true, true}, {{user, any}, true, true}, {{user, all}, true, false},
        {{any, client_id}, true, true},  {{any, any}, true, true},  {{any, all}, true, false},
        {{all, client_id}, false, true}, {{all, any}, false, true},
    };
    for (const auto& [entity, is_of_user, is_of_client_id] : levels) {
        // To brokers the default is nobody's who gives no client id.
        if ((is_of_client_id && who.client_id.empty()) || (entity.user.is == exact && !who.user)) {
            continue;
        }
        const auto found = bounds_.find(entity);
        if (found == bounds_.end()) {
            continue;
        }
        if (found->second >= unlimited || (is_of_user && !who.user)) {
            return std::nullopt;
        }
        return client_quota{.user = is_of_user ? user.name : std::string{},
                            .client_id = is_of_client_id ? client_id.name : std::string{},
                            .bytes_per_second = found->second};
    }
    return std::nullopt;
}

}  // namespace bkes::sync
