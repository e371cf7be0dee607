#include "proxy/session/client_rights.hpp"

#include <algorithm>
#include <utility>

namespace bkes::proxy {

std::optional<protocol::authorized_operations> client_rights::of(bytes_view topic, time_point now,
                                                                 time_point asked_since) const {
    const auto found = known_.find(topic);
    if (found == known_.end()) {
        return std::nullopt;
    }
    const auto& [operations, asked_at] = found->second;
    const bool is_young = now - asked_at < remembered_for_;
    return is_young || asked_at >= asked_since ? std::optional{operations} : std::nullopt;
}

std::vector<std::string> client_rights::ask(time_point now) {
    std::ranges::sort(wanted_);
    const auto repeated = std::ranges::unique(wanted_);
    wanted_.erase(repeated.begin(), repeated.end());
    if (known_.size() + wanted_.size() > remembered_max) {
        // Who waited for those of the last question may not have looked yet.
        std::erase_if(known_,
                      [this](const auto& one) { return one.second.asked_at != last_asked_at_; });
    }
    asked_at_ = now;
    asking_ = std::exchange(waiting_, {});
    asked_ = std::exchange(wanted_, {});
    return asked_;
}

void client_rights::told(bytes_view topic, protocol::authorized_operations operations) {
    if (asked_at_) {
        known_.insert_or_assign(std::string{topic}, answer{operations, *asked_at_});
    }
}

std::vector<client_rights::waiter> client_rights::question_answered() {
    for (auto& topic : std::exchange(asked_, {})) {
        auto& known = known_[std::move(topic)];
        if (known.asked_at != asked_at_) {
            known = {.operations = 0, .asked_at = *asked_at_};
        }
    }
    last_asked_at_ = *std::exchange(asked_at_, std::nullopt);
    return std::exchange(asking_, {});
}

void client_rights::forget_old(time_point now) {
    std::erase_if(known_,
                  [&](const auto& one) { return now - one.second.asked_at >= remembered_for_; });
}

}  // namespace bkes::proxy
