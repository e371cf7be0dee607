#include "sync/forward/forward_inbox.hpp"

#include <algorithm>

namespace bkes::sync {

forward_inbox::arrival forward_inbox::take(std::int64_t id) {
    if (id <= heard_ || forgotten_.contains(id) || appends_.contains(id)) {
        return arrival::known;
    }
    if (appends_.size() >= 2 * appends_max) {
        return arrival::known;
    }
    const bool is_full = appends_.size() >= appends_max;
    appends_.emplace(id, std::nullopt);
    ++undecided_;
    if (is_full) {
        decided(id, {.text = "bkes: too much is forwarded at once, nothing was written"});
        return arrival::known;
    }
    return arrival::is_new;
}

void forward_inbox::decided(std::int64_t id, append_answer answer) {
    const auto found = appends_.find(id);
    if (found == appends_.end() || found->second) {
        return;
    }
    --undecided_;
    found->second = std::move(answer);
    untold_.push_back(id);
}

/// One whose outcome isn't there was given up over there: it is forgotten when it is decided.
void forward_inbox::heard_up_to(std::int64_t id) {
    heard_ = std::max(heard_, id);
    const auto end = appends_.upper_bound(heard_);
    for (auto at = appends_.begin(); at != end; ++at) {
        undecided_ -= at->second ? 0 : 1;
    }
    appends_.erase(appends_.begin(), end);
    std::erase_if(untold_, [this](std::int64_t one) { return one <= heard_; });
    forgotten_.erase(forgotten_.begin(), forgotten_.upper_bound(heard_));
}

void forward_inbox::heard(std::int64_t id) {
    const auto found = appends_.find(id);
    if (found == appends_.end() || !found->second) {
        return;  // of what isn't decided nobody can have heard
    }
    appends_.erase(found);
    std::erase(untold_, id);
    forgotten_.insert(id);
}

void forward_inbox::connected_anew() {
    untold_.clear();
    for (const auto& [id, answer] : appends_) {
        if (answer) {
            untold_.push_back(id);
        }
    }
}

std::vector<std::pair<std::int64_t, append_answer>> forward_inbox::take_untold(std::size_t most) {
    std::vector<std::pair<std::int64_t, append_answer>> told;
    const auto count = std::min(most, untold_.size());
    told.reserve(count);
    for (std::size_t at = 0; at < count; ++at) {
        told.emplace_back(untold_[at], *appends_.at(untold_[at]));
    }
    untold_.erase(untold_.begin(), untold_.begin() + static_cast<std::ptrdiff_t>(count));
    return told;
}

}  // namespace bkes::sync
