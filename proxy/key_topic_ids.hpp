#pragma once
// The key topics whose ids this instance has handed out since its start. Clients of Fetch v13 and
// later name a topic by its id alone, and an id can't be turned back into a name.
//
// Bounded: the ids used least recently are forgotten, and a client that comes with one is told
// UNKNOWN_TOPIC_ID, asks Metadata again and goes on. Thread-safe.

#include "protocol/core/ids.hpp"
#include "proxy/key_topic.hpp"

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace bkes::proxy {

class key_topic_ids {
  public:
    static constexpr std::size_t remembered_max = 100'000;

    explicit key_topic_ids(std::size_t capacity = remembered_max) : capacity_{capacity} {}

    /// The id of the key topic of that name, remembered from now on.
    uuid hand_out(bytes_view name);

    /// The name that belongs to an id handed out before.
    std::optional<std::string> name_of(const uuid& id);

  private:
    struct entry {
        uuid id;
        std::string name;
    };

    struct uuid_hash {
        std::size_t operator()(const uuid& id) const noexcept;
    };

    std::size_t capacity_;
    std::mutex mutex_;
    std::list<entry> by_use_;  ///< the latest in front
    std::unordered_map<uuid, std::list<entry>::iterator, uuid_hash> by_id_;
};

}  // namespace bkes::proxy
