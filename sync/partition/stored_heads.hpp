#pragma once
// The store as the sequencer sees it: heads and event ids of one topic.
//
// Where ownership is shared, a key that was never seen has a home all the same, as a function of the
// key: two owners can't ask each other about every new key. In another partition it passes for one
// that lives there and has no event yet, so an append of it is redirected.

#include "store/event_store.hpp"
#include "sync/event/event_decoder.hpp"
#include "sync/partition/peers.hpp"
#include "sync/sequencer/sources.hpp"

#include <string>
#include <utility>

namespace bkes::sync {

/// All that is given outlives it.
class stored_heads final : public head_source {
  public:
    /// `others`: null where nothing is shared.
    stored_heads(store::event_store& store, std::string topic, partition_id partition,
                 const event_decoder& decoder, const peers* others)
        : store_{store},
          topic_{std::move(topic)},
          partition_{partition},
          decoder_{decoder},
          peers_{others} {}

    result<std::optional<known_head>> find_head(bytes_view key) override;
    result<std::optional<known_event>> find_event(bytes_view key, event_order order) override;

  private:
    store::event_store& store_;
    std::string topic_;
    partition_id partition_;
    const event_decoder& decoder_;
    const peers* peers_;
};

}  // namespace bkes::sync
