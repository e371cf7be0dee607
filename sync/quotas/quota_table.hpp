#pragma once
// The producer quotas of a cluster, and which of them counts for a client: Kafka's order of precedence
// (ClientQuotaManager.DefaultQuotaCallback), the most specific one first.
//
//   user + client id, user + default client id, user,
//   default user + client id, default user + default client id, default user,
//   client id, default client id

#include "protocol/core/bytes.hpp"
#include "sync/types/produce_client.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace bkes::sync {

/// One half of whom a quota is for.
struct entity_name {
    enum class kind : std::uint8_t {
        none,           ///< this half doesn't matter
        default_value,  ///< all that have no quota of their own
        exact,
    };

    kind is = kind::none;
    std::string name;  ///< exact

    friend auto operator<=>(const entity_name&, const entity_name&) = default;
};

struct quota_entity {
    entity_name user;
    entity_name client_id;

    friend auto operator<=>(const quota_entity&, const quota_entity&) = default;
};

/// A quota as it is for one client. Those with the same names share it: what they produce is counted
/// together.
struct client_quota {
    std::string user;       ///< empty: all users together
    std::string client_id;  ///< empty: all client ids together
    double bytes_per_second = 0;

    friend bool operator==(const client_quota&, const client_quota&) = default;
};

class quota_table {
  public:
    void set(quota_entity entity, double bytes_per_second);

    /// False: no client can be over a quota.
    [[nodiscard]] bool is_limiting() const { return is_limiting_; }

    /// Empty: the client may produce what it likes. For a user who isn't known those of client ids
    /// count, unless one for any user comes before them.
    [[nodiscard]] std::optional<client_quota> find(const produce_client& who) const;

  private:
    std::map<quota_entity, double> bounds_;
    bool is_limiting_ = false;
};

}  // namespace bkes::sync
