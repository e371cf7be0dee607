#pragma once
// The way to the brokers for all that bkes asks them by itself.

#include <memory>
#include <string>

namespace bkes::sync {

class link_security;

struct cluster_access {
    std::string bootstrap_servers;              ///< host:port,host:port
    std::shared_ptr<link_security> security{};  ///< null: plain, without a login
    std::string client_id = "bkes";

    /// As which bkes writes events; quotas go by it.
    [[nodiscard]] std::string append_client_id() const { return client_id + "-append"; }
};

}  // namespace bkes::sync
