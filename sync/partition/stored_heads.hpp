#pragma once
// The store as the sequencer sees it: heads and event ids of one topic.

#include "store/event_store.hpp"
#include "sync/event/event_decoder.hpp"
#include "sync/sequencer/sources.hpp"

#include <string>
#include <utility>

namespace bkes::sync {

/// Store and decoder outlive it.
class stored_heads final : public head_source {
  public:
    stored_heads(store::event_store& store, std::string topic, const event_decoder& decoder)
        : store_{store}, topic_{std::move(topic)}, decoder_{decoder} {}

    result<std::optional<known_head>> find_head(bytes_view key) override;
    result<std::optional<known_event>> find_event(bytes_view key, event_order order) override;

  private:
    store::event_store& store_;
    std::string topic_;
    const event_decoder& decoder_;
};

}  // namespace bkes::sync
