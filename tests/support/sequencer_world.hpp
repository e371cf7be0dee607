#pragma once
// A store and claims in memory, to run sequencers on.

#include "sync/sequencer/sources.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace bkes::tests {

/// The store of one topic. What it doesn't do: offsets to positions; the tests say when what is in.
class memory_heads final : public sync::head_source {
  public:
    struct aggregate {
        partition_id home;
        std::vector<sync::known_event> events;
    };

    result<std::optional<sync::known_head>> find_head(bytes_view key) override {
        if (fails) return failure{std::make_error_code(std::errc::io_error)};
        const auto at = aggregates.find(key);
        if (at == aggregates.end()) return std::optional<sync::known_head>{};
        const auto next = static_cast<std::int64_t>(at->second.events.size());
        return sync::known_head{at->second.home, event_order{next}};
    }

    result<std::optional<sync::known_event>> find_event(bytes_view key,
                                                        event_order order) override {
        if (fails) return failure{std::make_error_code(std::errc::io_error)};
        const auto at = aggregates.find(key);
        if (at == aggregates.end()) return std::optional<sync::known_event>{};
        const auto index = static_cast<std::size_t>(order.value());
        if (index >= at->second.events.size()) return std::optional<sync::known_event>{};
        return at->second.events[index];
    }

    /// Adds an event to the aggregate, in the partition where it lives or else in this one.
    void add(bytes_view key, partition_id partition, log_offset offset, bytes_view id = {}) {
        const auto [at, is_new] = aggregates.try_emplace(bytes{key});
        if (is_new) at->second.home = partition;
        if (at->second.home == partition) at->second.events.push_back({bytes{id}, offset});
    }

    std::map<bytes, aggregate, std::less<>> aggregates;
    bool fails = false;
};

/// The claims of all partitions of one topic, and who has to be told when one is settled.
struct claim_table {
    std::map<bytes, partition_id, std::less<>> holders;
    std::map<bytes, std::set<partition_id>, std::less<>> waiting;
    std::function<void(bytes_view, partition_id)> settled = [](bytes_view, partition_id) {};
};

class memory_claims final : public sync::key_claims {
  public:
    memory_claims(claim_table& table, partition_id partition)
        : table_{table}, partition_{partition} {}

    claim_result claim(bytes_view key) override {
        const auto [at, granted] = table_.holders.try_emplace(bytes{key}, partition_);
        if (granted || at->second == partition_) return claim_result::granted;
        table_.waiting[bytes{key}].insert(partition_);
        return claim_result::held_elsewhere;
    }

    void release(bytes_view key) override {
        const bytes owned{key};
        table_.holders.erase(owned);
        const auto waiting = table_.waiting.extract(owned);
        if (waiting.empty()) return;
        for (const auto partition : waiting.mapped()) table_.settled(owned, partition);
    }

  private:
    claim_table& table_;
    partition_id partition_;
};

}  // namespace bkes::tests
