#pragma once
// The key topics whose ids this instance has handed out since its start. Clients of Fetch v13 and
// later name a topic by its id alone, and an id can't be turned back into a name.
//
// Bounded: of those that were only handed out, and of those that a client has come with, the ones
// used least recently are forgotten; so a request that names many topics pushes nobody's out that
// reads. A client that comes with a forgotten one is told UNKNOWN_TOPIC_ID, asks Metadata again and
// goes on. Thread-safe.

#include "protocol/core/ids.hpp"
#include "proxy/key_topics/key_topic.hpp"

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace bkes::proxy {

class key_topic_ids {
  public:
    static constexpr std::size_t remembered_max = 50'000;  ///< of each kind

    explicit key_topic_ids(std::size_t capacity = remembered_max) : capacity_{capacity} {}

    /// The id of the key topic of that name, remembered from now on.
    uuid hand_out(bytes_view name);

    /// The name that belongs to an id handed out before.
    std::optional<std::string> name_of(const uuid& id);

  private:
    struct entry {
        uuid id;
        std::string name;
        bool is_in_use = false;  ///< a client has come with it
    };

    using entries = std::list<entry>;  ///< the latest in front

    void touch(entries::iterator known);
    void make_room(entries& full);

    struct uuid_hash {
        std::size_t operator()(const uuid& id) const noexcept;
    };

    std::size_t capacity_;
    std::mutex mutex_;
    entries handed_out_;
    entries in_use_;
    std::unordered_map<uuid, entries::iterator, uuid_hash> by_id_;
};

}  // namespace bkes::proxy
