#pragma once
// The store as plain maps, written from the contract and as simple as can be: what the tests
// compare the real one with.

#include "store/event_store.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace bkes::store::test {

struct owned_event {
    log_offset offset;
    std::int64_t timestamp_ms = 0;
    bytes key;
    std::optional<event_order> declared_order;
    bytes body;

    [[nodiscard]] new_event view() const {
        return {.offset = offset,
                .timestamp_ms = timestamp_ms,
                .key = key,
                .declared_order = declared_order,
                .body = body};
    }
};

inline std::vector<new_event> views_of(const std::vector<owned_event>& events) {
    std::vector<new_event> views;
    for (const auto& event : events) {
        views.push_back(event.view());
    }
    return views;
}

class memory_model {
  public:
    struct aggregate {
        event_order start;
        std::vector<owned_event> events;
        std::optional<owned_event> last_dropped;

        [[nodiscard]] aggregate_head head(partition_id partition) const {
            const auto& first = events.empty() ? *last_dropped : events.front();
            const auto& last = events.empty() ? *last_dropped : events.back();
            return {.partition = partition,
                    .start_order = start,
                    .next_order = start + static_cast<std::int64_t>(events.size()),
                    .first_offset = first.offset,
                    .first_timestamp_ms = first.timestamp_ms,
                    .last_offset = last.offset,
                    .last_timestamp_ms = last.timestamp_ms};
        }
    };

    struct partition_content {
        std::optional<log_position> position;
        std::map<bytes, aggregate> aggregates;
    };

    void apply(partition_id partition, const std::vector<owned_event>& events,
               const log_position& after) {
        auto& content = partitions_[partition];
        for (const auto& event : events) {
            auto& aggregate = content.aggregates[event.key];
            if (aggregate.events.empty() && !aggregate.last_dropped) {
                aggregate.start = event.declared_order.value_or(event_order{0});
            }
            aggregate.events.push_back(event);
        }
        content.position = after;
    }

    void drop_before(partition_id partition, log_offset log_start) {
        for (auto& [key, aggregate] : partitions_[partition].aggregates) {
            while (!aggregate.events.empty() && aggregate.events.front().offset < log_start) {
                aggregate.last_dropped = aggregate.events.front();
                aggregate.events.erase(aggregate.events.begin());
                aggregate.start = aggregate.start + 1;
            }
        }
    }

    void truncate(partition_id partition, const log_position& end) {
        auto& content = partitions_[partition];
        for (auto& [key, aggregate] : content.aggregates) {
            while (!aggregate.events.empty() && aggregate.events.back().offset >= end.next_offset) {
                aggregate.events.pop_back();
            }
        }
        std::erase_if(content.aggregates, [](const auto& entry) {
            return entry.second.events.empty() && !entry.second.last_dropped;
        });
        content.position = end;
    }

    void drop_partition(partition_id partition) { partitions_.erase(partition); }

    [[nodiscard]] std::vector<aggregate_head> find_heads(const bytes& key) const {
        std::vector<aggregate_head> heads;
        for (const auto& [partition, content] : partitions_) {
            if (const auto found = content.aggregates.find(key);
                found != content.aggregates.end()) {
                heads.push_back(found->second.head(partition));
            }
        }
        std::ranges::sort(heads, {}, [](const aggregate_head& head) {
            return std::tuple{head.start_order == head.next_order, head.first_timestamp_ms,
                              head.partition};
        });
        return heads;
    }

    [[nodiscard]] std::map<bytes, aggregate_head> all_heads() const {
        std::map<bytes, aggregate_head> all;
        for (const auto& [partition, content] : partitions_) {
            for (const auto& [key, aggregate] : content.aggregates) {
                all.emplace(key, find_heads(key).front());
            }
        }
        return all;
    }

    [[nodiscard]] std::optional<log_position> position(partition_id partition) const {
        const auto found = partitions_.find(partition);
        return found == partitions_.end() ? std::nullopt : found->second.position;
    }

    [[nodiscard]] const std::map<partition_id, partition_content>& partitions() const {
        return partitions_;
    }

  private:
    std::map<partition_id, partition_content> partitions_;
};

}  // namespace bkes::store::test
