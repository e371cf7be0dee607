#pragma once
// Keeps bkes' picture of the cluster's producer quotas: asks for all of them (DescribeClientQuotas), with
// bkes' own rights, over a connection that is there anyway.
//
// Brokers tell who has DESCRIBE_CONFIGS on the cluster. Without it there is one line in the log, and what
// was known last stays. Belongs to the thread of the links that it is given; `quotas` is for all threads.

#include "protocol/messages/describe_client_quotas.hpp"
#include "sync/broker/broker_link.hpp"
#include "sync/quotas/client_quotas.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace bkes::sync {

/// Of all quotas those for producing. Views of the answer aren't kept.
quota_table read_quotas(const protocol::describe_client_quotas_response& answer);

class quota_watch : public std::enable_shared_from_this<quota_watch> {
  public:
    /// `grant`: the command that gives bkes the right to ask.
    quota_watch(std::shared_ptr<client_quotas> quotas, std::string grant)
        : quotas_{std::move(quotas)}, grant_{std::move(grant)} {}

    /// Asks, unless it did a moment ago. Call it again and again; the link is open.
    void ask(broker_link& link);

  private:
    void answered(const result<protocol::describe_client_quotas_response>& answer);
    void refused(std::int16_t error_code);

    std::shared_ptr<client_quotas> quotas_;
    std::string grant_;
    std::optional<std::chrono::steady_clock::time_point> asked_at_;
    std::int16_t refused_with_ = 0;  ///< was said
};

}  // namespace bkes::sync
