#include "sync/rdkafka/log_comparison.hpp"

#include "sync/types/printable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>

namespace bkes::sync {

namespace {

constexpr std::size_t keys_per_page = 1'000;

std::string at(partition_id partition, const store::new_event& event) {
    return fmt::format("partition={} offset={} key=\"{}\"", partition.value(), event.offset.value(),
                       printable(event.key));
}

}  // namespace

void log_comparison::differ(std::string text) {
    ++report_.differences;
    if (report_.shown.size() < options_.shown_max) {
        report_.shown.push_back(std::move(text));
    }
}

result<void> log_comparison::compare(partition_id partition,
                                     std::span<const store::new_event> events) {
    for (const auto& event : events) {
        ++report_.events;
        const auto part = part_of(partition, event);
        if (!part) {
            return failure{part.error()};
        }
        const auto order = (*part)->next_order;
        (*part)->next_order = order + 1;
        if (event.declared_order && *event.declared_order != order) {
            ++report_.misnumbered;
        }
        if (const auto done = compare_event(partition, event, order); !done) {
            return done;
        }
    }
    return {};
}

/// The aggregate's count in this partition; begun with its first event.
result<log_comparison::counted_part*> log_comparison::part_of(partition_id partition,
                                                              const store::new_event& event) {
    auto& parts = keys_[bytes{event.key}];
    const auto found = std::ranges::find(parts, partition, &counted_part::partition);
    if (found != parts.end()) {
        return &*found;
    }
    const auto start = start_in_store(partition, event);
    if (!start) {
        return failure{start.error()};
    }
    return &parts.emplace_back(partition, *start, *start, event.timestamp_ms);
}

/// Orders don't start again when retention deletes an aggregate's first events, and that can't be
/// seen in the log.
result<event_order> log_comparison::start_in_store(partition_id partition,
                                                   const store::new_event& first) {
    const auto declared = first.declared_order.value_or(event_order{0});
    if (log_starts_[partition] == log_offset{0}) {
        return declared;
    }
    const auto heads = store_.find_heads(options_.topic, first.key);
    if (!heads) {
        return failure{heads.error()};
    }
    const auto head = std::ranges::find(*heads, partition, &store::aggregate_head::partition);
    if (head == heads->end()) {
        return declared;
    }
    auto start = head->start_order;
    if (head->first_offset >= log_starts_[partition]) {
        return start;
    }
    const auto read = store_.read_events({options_.topic, partition}, first.key, start,
                                         [&](const store::stored_event& stored) {
                                             start = stored.order;
                                             return stored.offset < first.offset;
                                         });
    if (!read) {
        return failure{read.error()};
    }
    return start;
}

result<void> log_comparison::compare_event(partition_id partition, const store::new_event& event,
                                           event_order order) {
    bool is_found = false;
    std::string wrong;
    const auto read = store_.read_events(
        {options_.topic, partition}, event.key, order, [&](const store::stored_event& stored) {
            is_found = stored.order == order;
            if (stored.offset != event.offset) {
                wrong = fmt::format("the store has offset {}", stored.offset.value());
            } else if (stored.timestamp_ms != event.timestamp_ms) {
                wrong = fmt::format("timestamp {} in the log, {} in the store", event.timestamp_ms,
                                    stored.timestamp_ms);
            } else if (stored.body != event.body) {
                wrong = "value or headers differ";
            }
            return false;
        });
    if (!read) {
        return failure{read.error()};
    }
    if (!is_found) {
        differ(
            fmt::format("missing in the store: order={} {}", order.value(), at(partition, event)));
    } else if (!wrong.empty()) {
        differ(fmt::format("{}: order={} {}", wrong, order.value(), at(partition, event)));
    }
    return {};
}

result<void> log_comparison::finish() {
    report_.keys = keys_.size();
    for (auto& [key, parts] : keys_) {
        if (parts.size() > 1) {
            report_.split_keys.push_back(key);
        }
        if (const auto done = compare_heads(key, parts); !done) {
            return done;
        }
    }
    std::ranges::sort(report_.split_keys);
    return look_at_stored_keys();
}

result<void> log_comparison::compare_heads(const bytes& key, std::vector<counted_part>& parts) {
    const auto heads = store_.find_heads(options_.topic, key);
    if (!heads) {
        return failure{heads.error()};
    }
    const auto home = std::ranges::min_element(parts, [](const auto& left, const auto& right) {
        return std::tuple{left.first_timestamp_ms, left.partition} <
               std::tuple{right.first_timestamp_ms, right.partition};
    });
    if (!heads->empty() && heads->front().partition != home->partition) {
        differ(fmt::format("home partition is {} by the log, {} in the store: key=\"{}\"",
                           home->partition.value(), heads->front().partition.value(),
                           printable(key)));
    }
    for (const auto& part : parts) {
        const auto head =
            std::ranges::find(*heads, part.partition, &store::aggregate_head::partition);
        if (head != heads->end() && head->next_order != part.next_order) {
            differ(
                fmt::format("next order is {} by the log, {} in the store: partition={} key=\"{}\"",
                            part.next_order.value(), head->next_order.value(),
                            part.partition.value(), printable(key)));
        }
    }
    return {};
}

/// In byte order, and so the same keys are named each time.
result<void> log_comparison::look_at_stored_keys() {
    std::optional<bytes> after;
    while (true) {
        const auto page = store_.list_keys(options_.topic, {}, after, keys_per_page,
                                           std::numeric_limits<std::size_t>::max());
        if (!page) {
            return failure{page.error()};
        }
        for (const auto& listed : *page) {
            check_is_in_log(listed);
            compare_home(listed);
        }
        if (page->size() < keys_per_page) {
            return {};
        }
        after = page->back().key;
    }
}

/// A key of the store that the log doesn't have is a difference, unless it was retention that
/// deleted it. A head without events only keeps the aggregate's next order.
void log_comparison::check_is_in_log(const store::listed_key& stored) {
    const auto& head = stored.head;
    const bool is_deleted =
        head.start_order == head.next_order || head.last_offset < log_starts_[head.partition];
    if (!keys_.contains(stored.key) && !is_deleted) {
        differ(fmt::format("only in the store: partition={} events={} key=\"{}\"",
                           head.partition.value(), head.next_order - head.start_order,
                           printable(stored.key)));
    }
}

/// Also of a key whose events are all deleted: it keeps its home.
void log_comparison::compare_home(const store::listed_key& stored) {
    if (partition_count_ == 0) {
        return;
    }
    const auto expected = partition_for_key(options_.expected, stored.key, partition_count_);
    const auto home = stored.head.partition;
    if (home == expected) {
        return;
    }
    ++report_.elsewhere;
    if (report_.first_elsewhere.size() < options_.shown_max) {
        report_.first_elsewhere.push_back({stored.key, home, expected});
    }
}

}  // namespace bkes::sync
