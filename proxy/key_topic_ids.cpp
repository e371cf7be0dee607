#include "proxy/key_topic_ids.hpp"

#include <cstring>

namespace bkes::proxy {

std::size_t key_topic_ids::uuid_hash::operator()(const uuid& id) const noexcept {
    std::size_t first_bytes = 0;  // a hash already: they come from a SHA-256
    std::memcpy(&first_bytes, id.octets.data(), sizeof first_bytes);
    return first_bytes;
}

uuid key_topic_ids::hand_out(bytes_view name) {
    const auto id = key_topic_id(name);
    const std::lock_guard lock{mutex_};
    if (const auto known = by_id_.find(id); known != by_id_.end()) {
        by_use_.splice(by_use_.begin(), by_use_, known->second);
        return id;
    }
    if (by_id_.size() >= capacity_) {
        by_id_.erase(by_use_.back().id);
        by_use_.pop_back();
    }
    by_use_.push_front({id, std::string{name}});
    by_id_.emplace(id, by_use_.begin());
    return id;
}

std::optional<std::string> key_topic_ids::name_of(const uuid& id) {
    const std::lock_guard lock{mutex_};
    const auto known = by_id_.find(id);
    if (known == by_id_.end()) {
        return std::nullopt;
    }
    by_use_.splice(by_use_.begin(), by_use_, known->second);
    return known->second->name;
}

}  // namespace bkes::proxy
