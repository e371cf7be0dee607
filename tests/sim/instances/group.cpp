#include "tests/sim/instances/group.hpp"

#include <algorithm>

namespace bkes::sim::instances {

namespace {

constexpr std::size_t views_max = 30;  ///< on their way; beyond, the oldest are lost

bool is_in(const std::vector<std::size_t>& some, std::size_t one) {
    return std::ranges::find(some, one) != some.end();
}

}  // namespace

void group::gives(std::optional<std::size_t> to, sim_time now) {
    if (owner_) was_owner_at_[*owner_] = now;
    owner_ = to;
}

bool group::was_owner_since(std::size_t instance, sim_time then) const {
    if (owner_ == instance) return true;
    const auto was = was_owner_at_.find(instance);
    return was != was_owner_at_.end() && was->second >= then;
}

std::optional<group_news> group::next_news(const std::vector<std::size_t>& hearing, dice& d) {
    std::vector<std::size_t> first;  // of each, as a member hears them in order
    for (std::size_t i = 0; i < news_.size(); ++i) {
        const auto is_same = [&](std::size_t at) {
            return news_[at].instance == news_[i].instance;
        };
        if (is_in(hearing, news_[i].instance) && std::ranges::none_of(first, is_same)) {
            first.push_back(i);
        }
    }
    if (first.empty()) return std::nullopt;
    const auto at = d.one_of(first);
    const auto next = news_[at];
    news_.erase(news_.begin() + static_cast<std::ptrdiff_t>(at));
    return next;
}

void group::answers_view(dice& d) {
    std::vector<group_view*> open;
    for (auto& one : views_) {
        if (!one.is_answered) open.push_back(&one);
    }
    if (open.empty()) return;
    auto& asked = *d.one_of(open);
    asked.is_answered = true;
    asked.is_ours = owner_ == asked.instance;
}

std::optional<group_view> group::next_view(const std::vector<std::size_t>& hearing, dice& d) {
    while (views_.size() > views_max) views_.pop_front();
    std::vector<std::size_t> answered;
    for (std::size_t i = 0; i < views_.size(); ++i) {
        if (views_[i].is_answered && is_in(hearing, views_[i].instance)) answered.push_back(i);
    }
    if (answered.empty()) return std::nullopt;
    const auto at = d.one_of(answered);
    const auto next = views_[at];
    views_.erase(views_.begin() + static_cast<std::ptrdiff_t>(at));
    return next;
}

}  // namespace bkes::sim::instances
