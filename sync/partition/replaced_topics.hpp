#pragma once
// Topics that were deleted and created again: those that were replaced, for as long as anything of
// them may still run, and their ids, which come up again in old metadata.
//
// Belongs to one thread.

#include "protocol/core/ids.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace bkes::sync {

/// `Topic` has `id` and `is_used()`: something besides it holds a part of it.
template <class Topic>
class replaced_topics {
  public:
    /// Metadata that is older than so many deletions of one topic doesn't come any more.
    static constexpr std::size_t ids_max = 1'000;

    void add(std::shared_ptr<Topic> topic) {
        sweep();
        ids_.push_back(topic->id);
        if (ids_.size() > ids_max) {
            ids_.pop_front();
        }
        running_.push_back(std::move(topic));
    }

    [[nodiscard]] bool knows(const uuid& id) const {
        return std::ranges::find(ids_, id) != ids_.end();
    }

    /// Ends those that nothing holds any more. Nobody can come to hold them again.
    void sweep() {
        std::erase_if(running_, [](const auto& topic) {
            return topic.use_count() == 1 && !topic->is_used();
        });
    }

    [[nodiscard]] std::size_t running() const { return running_.size(); }

  private:
    std::vector<std::shared_ptr<Topic>> running_;
    std::deque<uuid> ids_;  ///< the newest last
};

}  // namespace bkes::sync
