#pragma once
// Says which rights bkes lacks, each once, with the command that grants it; and when one was granted.

#include "sync/start/own_rights.hpp"

#include <string>
#include <vector>

namespace bkes::sync {

class rights_report {
  public:
    /// `principal` as brokers name it, without `User:`; `servers` as bootstrap.servers.
    rights_report(std::string principal, std::string servers)
        : principal_{std::move(principal)}, servers_{std::move(servers)} {}

    /// What was found missing now. Fails if one of them is needed.
    started<void> update(const std::vector<missing_right>& missing);

    /// The command that grants the right.
    [[nodiscard]] std::string command_for(const missing_right& right) const;

  private:
    std::string principal_;
    std::string servers_;
    std::vector<missing_right> said_;
};

}  // namespace bkes::sync
