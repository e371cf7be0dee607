#include "proxy/key_topics/committed_orders.hpp"

namespace bkes::proxy {

/// A topic's name holds no zero.
std::string committed_orders::place(bytes_view group, bytes_view key_topic) {
    std::string where{key_topic};
    where += '\0';
    where += group;
    return where;
}

/// With what list and index take besides.
std::size_t committed_orders::size_of(const std::string& where) {
    return where.size() + 150;
}

void committed_orders::commit(bytes_view group, bytes_view key_topic, const uuid& topic_id,
                              event_order next) {
    auto where = place(group, key_topic);
    const std::lock_guard lock{mutex_};
    if (const auto known = by_place_.find(where); known != by_place_.end()) {
        known->second->topic_id = topic_id;
        known->second->next = next;
        recent_.splice(recent_.begin(), recent_, known->second);
        return;
    }
    bytes_ += size_of(where);
    recent_.push_front({.where = std::move(where), .topic_id = topic_id, .next = next});
    by_place_.emplace(recent_.front().where, recent_.begin());
    while (bytes_ > bytes_max_) {
        bytes_ -= size_of(recent_.back().where);
        by_place_.erase(recent_.back().where);
        recent_.pop_back();
    }
}

std::optional<event_order> committed_orders::find(bytes_view group, bytes_view key_topic,
                                                  const uuid& topic_id) {
    const auto where = place(group, key_topic);
    const std::lock_guard lock{mutex_};
    const auto known = by_place_.find(where);
    if (known == by_place_.end() || known->second->topic_id != topic_id) {
        return std::nullopt;
    }
    recent_.splice(recent_.begin(), recent_, known->second);
    return known->second->next;
}

}  // namespace bkes::proxy
