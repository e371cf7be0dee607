#pragma once
// A start that waits for what others have to repair: brokers that aren't there yet, a login, an
// authority, a right. It blocks until then.

#include "sync/types/start_problem.hpp"

#include <functional>
#include <string>

namespace bkes::proxy {

class patience {
  public:
    /// Tries until it works, or until nothing helps but another configuration. Each new problem is
    /// one line in the log.
    template <class Value>
    sync::started<Value> until_it_works(const std::function<sync::started<Value>()>& attempt) {
        while (true) {
            auto outcome = attempt();
            if (outcome || !is_worth_waiting(outcome.error())) {
                return outcome;
            }
            wait(outcome.error());
        }
    }

  private:
    static bool is_worth_waiting(const sync::start_problem& problem);
    void wait(const sync::start_problem& problem);

    std::string said_;
};

}  // namespace bkes::proxy
