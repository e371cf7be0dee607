#include "proxy/key_topics/key_topic_ids.hpp"

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
        touch(known->second);
        return id;
    }
    make_room(handed_out_);
    handed_out_.push_front({.id = id, .name = std::string{name}});
    by_id_.emplace(id, handed_out_.begin());
    return id;
}

std::optional<std::string> key_topic_ids::name_of(const uuid& id) {
    const std::lock_guard lock{mutex_};
    const auto known = by_id_.find(id);
    if (known == by_id_.end()) {
        return std::nullopt;
    }
    const auto found = known->second;
    if (found->is_in_use) {
        touch(found);
    } else {
        make_room(in_use_);
        found->is_in_use = true;
        in_use_.splice(in_use_.begin(), handed_out_, found);
    }
    return found->name;
}

void key_topic_ids::touch(entries::iterator known) {
    auto& among = known->is_in_use ? in_use_ : handed_out_;
    among.splice(among.begin(), among, known);
}

void key_topic_ids::make_room(entries& full) {
    if (full.size() >= capacity_) {
        by_id_.erase(full.back().id);
        full.pop_back();
    }
}

}  // namespace bkes::proxy
