#include "proxy/log/folding.hpp"

namespace bkes::proxy {

bool log_folding::takes(std::string_view event, time_point now) {
    auto found = bursts_.find(event);
    if (found == bursts_.end()) {
        if (bursts_.size() == events_max) {
            return true;
        }
        found = bursts_.emplace(std::string{event}, burst{.began = now}).first;
    }
    return ++found->second.lines <= lines_max;
}

std::vector<log_folding::folded> log_folding::ended(time_point now) {
    std::vector<folded> told;
    std::erase_if(bursts_, [&](const auto& one) {
        const auto& [event, seen] = one;
        const bool is_over = now - seen.began >= window || now < seen.began;
        if (is_over && seen.lines > lines_max) {
            told.push_back({.event = event, .count = seen.lines - lines_max});
        }
        return is_over;
    });
    return told;
}

}  // namespace bkes::proxy
