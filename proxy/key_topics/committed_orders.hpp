#pragma once
// What consumer groups have committed for key topics: the order of the next event that they want
// (contract section 5). Brokers know no key topics, so it is kept here, in memory, and only as long as
// this instance runs; who finds nothing begins at the aggregate's start, so that what is forgotten is
// delivered again and never skipped. A guarded topic that was deleted and made anew is another one.
//
// Bounded: of all, those used least recently are forgotten. Thread-safe.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace bkes::proxy {

class committed_orders {
  public:
    static constexpr std::size_t remembered_bytes_max = std::size_t{8} << 20U;

    explicit committed_orders(std::size_t bytes_max = remembered_bytes_max)
        : bytes_max_{bytes_max} {}

    /// `key_topic`: its name; `topic_id`: that of the guarded topic.
    void commit(bytes_view group, bytes_view key_topic, const uuid& topic_id, event_order next);

    [[nodiscard]] std::optional<event_order> find(bytes_view group, bytes_view key_topic,
                                                  const uuid& topic_id);

  private:
    struct entry {
        std::string where;
        uuid topic_id;
        event_order next;
    };

    using entries = std::list<entry>;  ///< the latest in front

    static std::string place(bytes_view group, bytes_view key_topic);
    static std::size_t size_of(const std::string& where);

    std::size_t bytes_max_;
    std::mutex mutex_;
    std::size_t bytes_ = 0;
    entries recent_;
    std::unordered_map<std::string_view, entries::iterator> by_place_;  ///< views into `recent_`
};

}  // namespace bkes::proxy
