// apply: the hot path. Events are sorted by key, so that each aggregate's head is looked up and
// written once a batch, and entries go into the memtable in its own order. Nothing is allocated for
// an event, and for a key only if its head wasn't cached.

#include "store/errors.hpp"
#include "store/rocks_store.hpp"

#include <algorithm>

namespace bkes::store {
namespace {

// A batch of the rebuild is a few MiB. After a larger one its buffers go back to the system.
constexpr std::size_t kept_buffer_bytes_max = std::size_t{4} << 20U;

std::uint64_t start_of(bytes_view key) {
    std::uint64_t start = 0;
    for (std::size_t index = 0; index < sizeof(start); ++index) {
        const auto octet = index < key.size() ? static_cast<std::uint8_t>(key[index]) : 0U;
        start = start << 8U | octet;
    }
    return start;
}

/// The order at which a key begins whose first retained event declares this.
event_order first_order(std::optional<event_order> declared) {
    const bool counts = declared && declared->value() >= 0 && *declared <= declared_order_max;
    return counts ? *declared : event_order{0};
}

void begin_at(stored_head& own, const new_event& event) {
    own.head.first_offset = event.offset;
    own.head.first_timestamp_ms = event.timestamp_ms;
}

}  // namespace

result<apply_report> rocks_store::apply(topic_partition where, std::span<const new_event> events,
                                        const log_position& position_after) {
    const std::lock_guard lock{write_mutex_};
    if (!fits(where, events, position_after)) {
        return failure{store_errc::out_of_order};
    }
    apply_report report;
    batch_.Clear();
    changed_.clear();
    head_keys_.clear();
    sort_by_key(events);
    const std::span<const sorted_event> sorted{sorted_};
    for (std::size_t begin = 0; begin < sorted.size();) {
        const auto key = events[sorted[begin].index].key;
        auto end = begin + 1;
        while (end < sorted.size() && events[sorted[end].index].key == key) {
            ++end;
        }
        if (const auto done =
                apply_aggregate(where, events, sorted.subspan(begin, end - begin), report);
            !done) {
            return failure{done.error()};
        }
        begin = end;
    }
    const stored_position position{partition_state::settled, position_after};
    put_position(batch_, where, position);
    if (const auto written = write(batch_); !written) {
        return failure{written.error()};
    }
    publish_heads();
    publish_position(where, position);
    release_buffers();
    report.applied = events.size();
    return report;
}

/// Whether the events rise from the stored position on and end before the new one.
bool rocks_store::fits(topic_partition where, std::span<const new_event> events,
                       const log_position& position_after) {
    log_offset next{0};
    if (const auto stored = stored_position_of(where)) {
        if (stored->state != partition_state::settled) {
            return false;
        }
        next = stored->position.next_offset;
    }
    for (const auto& event : events) {
        if (event.offset < next) {
            return false;
        }
        next = event.offset + 1;
    }
    return position_after.next_offset >= next;
}

/// By length first, as in the events family (format.hpp); events of one key in the order of the
/// log.
void rocks_store::sort_by_key(std::span<const new_event> events) {
    sorted_.clear();
    for (std::uint32_t index = 0; const auto& event : events) {
        sorted_.push_back(
            {start_of(event.key), static_cast<std::uint32_t>(event.key.size()), index++});
    }
    std::ranges::sort(sorted_, [&](const sorted_event& a, const sorted_event& b) {
        if (a.key_size != b.key_size) {
            return a.key_size < b.key_size;
        }
        if (a.key_start != b.key_start) {
            return a.key_start < b.key_start;
        }
        const int rest = a.key_size <= sizeof(a.key_start)
                             ? 0
                             : events[a.index].key.compare(events[b.index].key);
        return rest != 0 ? rest < 0 : a.index < b.index;
    });
}

result<void> rocks_store::apply_aggregate(topic_partition where, std::span<const new_event> events,
                                          std::span<const sorted_event> same_key,
                                          apply_report& report) {
    const auto& first = events[same_key.front().index];
    const auto key_begin = head_keys_.size();
    append_head_key(head_keys_, where.topic, first.key);
    const auto head_key = bytes_view{head_keys_}.substr(key_begin);
    const auto hash = head_cache::hash_of(head_key);
    auto heads = heads_to_change(hash, head_key);
    if (!heads) {
        return failure{heads.error()};
    }
    const auto place = index_of(*heads, where.partition);
    if (place == heads->size()) {
        if (place > 0) {
            report.split_keys.emplace_back(first.key);
        }
        auto& fresh = heads->emplace_back();
        fresh.head.partition = where.partition;
        fresh.head.start_order = fresh.head.next_order = first_order(first.declared_order);
        begin_at(fresh, first);
    } else if ((*heads)[place].is_empty()) {
        begin_at((*heads)[place], first);
    }
    auto& own = (*heads)[place];
    put_events(where, events, same_key, own, report);
    const auto changed = own;
    sort_home_first(*heads);
    put_heads(head_key, *heads);
    changed_.push_back({hash, key_begin, head_key.size(), heads->size() > 1, changed});
    return {};
}

result<head_list> rocks_store::heads_to_change(std::uint64_t hash, bytes_view head_key) {
    if (const auto cached = cached_heads_.find(hash, head_key)) {
        return head_list{*cached};
    }
    return read_heads(head_key);
}

void rocks_store::put_events(topic_partition where, std::span<const new_event> events,
                             std::span<const sorted_event> same_key, stored_head& own,
                             apply_report& report) {
    auto& head = own.head;
    event_key_.clear();
    append_aggregate_prefix(event_key_, where, events[same_key.front().index].key);
    append_order(event_key_, head.next_order);
    for (const auto& place : same_key) {
        const auto& event = events[place.index];
        if (event.declared_order && *event.declared_order != head.next_order) {
            ++report.misnumbered;
        }
        replace_order(event_key_, head.next_order);
        char header[event_header_bytes_max];
        const auto header_size = encode_event_header(header, event.offset, event.timestamp_ms);
        const rocksdb::Slice key = slice_of(event_key_);
        const rocksdb::Slice value[] = {{header, header_size}, slice_of(event.body)};
        batch_.Put(database_.events(), rocksdb::SliceParts{&key, 1}, rocksdb::SliceParts{value, 2});
        head.next_order = head.next_order + 1;
        head.last_offset = event.offset;
        head.last_timestamp_ms = event.timestamp_ms;
    }
}

void rocks_store::put_heads(bytes_view head_key, const head_list& heads) {
    value_.clear();
    append_heads(value_, heads);
    batch_.Put(database_.heads(), slice_of(head_key), value_);
}

/// After the write, never before: who reads a head here must find its events.
void rocks_store::publish_heads() {
    for (const auto& changed : changed_) {
        const auto head_key = bytes_view{head_keys_}.substr(changed.key_begin, changed.key_size);
        if (changed.is_split) {
            cached_heads_.erase(changed.hash, head_key);
        } else {
            cached_heads_.put(changed.hash, head_key, changed.head);
        }
    }
}

void rocks_store::release_buffers() {
    if (batch_.GetDataSize() > kept_buffer_bytes_max) {
        batch_ = rocksdb::WriteBatch{};
        head_keys_ = {};
        event_key_ = {};
    }
}

}  // namespace bkes::store
