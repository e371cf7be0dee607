// apply: the hot path. Events are sorted by key, so that each aggregate's head is looked up and
// written once a batch, and entries go into the memtable in its own order. Nothing is allocated for
// an event, and for a key only if its head wasn't cached.
//
// Writing each head again and again would cost as much as writing the events. So heads and position
// *wait*, in head_cache and positions_, where reads find them. All that waits is written in one
// batch as soon as it is too much (much more may wait in a rebuild, where nobody minds the pause),
// or somebody needs it in RocksDB: a split key, listing, flush, closing. Since heads and positions
// are only ever written together they agree after a crash; the events since then are ahead of them,
// and are applied again from the older position (rocks_store.hpp).

#include "store/errors.hpp"
#include "store/rocks_store.hpp"

#include <algorithm>

namespace bkes::store {
namespace {

// A batch of the rebuild is a few MiB. After a larger one its buffers go back to the system.
constexpr std::size_t kept_buffer_bytes_max = std::size_t{4} << 20U;

// A group commit of live traffic has some hundred events at most, a fetch of a rebuild thousands.
constexpr std::size_t rebuild_events_min = 1000;

// Of events whose heads wait. What a crash makes a rebuild read again, ...
constexpr std::size_t rebuild_waiting_bytes_max = std::size_t{64} << 20U;

// ... and some hundred heads at most, which an append can wait for.
constexpr std::size_t live_waiting_bytes_max = std::size_t{256} << 10U;

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
    if (is_stalled_) {  // asked with nothing, so that what can't be written isn't prepared again and again
        if (const auto taken = write(batch_); !taken) {
            return failure{taken.error()};
        }
    }
    changed_.clear();
    split_heads_.clear();
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
    const auto as = may_wait(events) ? head_cache::kind::waiting : head_cache::kind::written;
    if (as == head_cache::kind::written) {
        put_waiting(batch_);
        put_changed_heads();
        put_position(batch_, where, position);
    }
    if (const auto written = write(batch_); !written) {
        return failure{written.error()};
    }
    if (as == head_cache::kind::written) {
        mark_written();
    } else {
        waiting_bytes_ += batch_.GetDataSize();
    }
    publish_heads(as);
    publish_position(where, position, as);
    release_buffers();
    report.applied = events.size();
    return report;
}

bool rocks_store::may_wait(std::span<const new_event> events) const {
    const auto bytes_max =
        events.size() >= rebuild_events_min ? rebuild_waiting_bytes_max : live_waiting_bytes_max;
    return waiting_bytes_ < bytes_max &&
           cached_heads_.has_room_for_waiting(changed_.size(), head_keys_.size()) &&
           std::ranges::all_of(
               changed_,
               [](const changed_head& changed) {
                   return !changed.split && changed.key_size <= head_cache::key_bytes_max;
               });
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
    }
    auto& own = (*heads)[place];
    const bool begins = own.is_empty();
    if (begins) {
        begin_at(own, first);
    }
    put_events(where, events, same_key, own, report);
    auto& changed = changed_.emplace_back(hash, key_begin, head_key.size(), own, begins);
    if (heads->size() > 1) {
        sort_home_first(*heads);
        changed.split = split_heads_.size();
        split_heads_.push_back(std::move(*heads));
    }
    return {};
}

result<head_list> rocks_store::heads_to_change(std::uint64_t hash, bytes_view head_key) {
    if (const auto cached = cached_heads_.find(hash, head_key)) {
        return head_list{*cached};
    }
    if (seen_ && !seen_->may_hold(hash)) {
        return head_list{};
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
        const auto header_size =
            encode_event_header(header, event.offset, event.timestamp_ms, event.timestamp_from);
        const rocksdb::Slice key = slice_of(event_key_);
        const rocksdb::Slice value[] = {{header, header_size}, slice_of(event.body)};
        batch_.Put(database_.events(), rocksdb::SliceParts{&key, 1}, rocksdb::SliceParts{value, 2});
        head.next_order = head.next_order + 1;
        head.last_offset = event.offset;
        head.last_timestamp_ms = event.timestamp_ms;
    }
}

void rocks_store::put_heads(rocksdb::WriteBatch& batch, bytes_view head_key,
                            const head_list& heads) {
    value_.clear();
    append_heads(value_, heads);
    batch.Put(database_.heads(), slice_of(head_key), value_);
}

void rocks_store::put_changed_heads() {
    std::vector<beginning> begun;
    for (const auto& changed : changed_) {
        const auto head_key = bytes_view{head_keys_}.substr(changed.key_begin, changed.key_size);
        put_heads(batch_, head_key,
                  changed.split ? split_heads_[*changed.split] : head_list{changed.head});
        if (changed.begins) {
            begun.push_back({changed.head.head.first_offset, head_key, &changed.head});
        }
    }
    put_firsts(batch_, begun);
}

/// In the order of each log: an insert into the memtable starts where the last one of its partition
/// ended (rocks_options.cpp).
void rocks_store::put_firsts(rocksdb::WriteBatch& batch, std::vector<beginning>& begun) {
    std::ranges::sort(begun, {}, &beginning::first_offset);
    for (const auto& [first_offset, head_key, own] : begun) {
        const auto topic = topic_part(head_key);
        const topic_partition where{topic.substr(1), own->head.partition};
        const auto key = head_key.substr(topic.size());
        if (own->lost_events()) {
            value_.clear();
            append_first_key(value_, where, emptied_offset, key);
            batch.Delete(database_.firsts(), value_);
        }
        value_.clear();
        append_first_key(value_, where, first_offset, key);
        batch.Put(database_.firsts(), value_, rocksdb::Slice{});
    }
}

/// After the write, never before: who reads a head here must find its events.
void rocks_store::publish_heads(head_cache::kind as) {
    for (const auto& changed : changed_) {
        const auto head_key = bytes_view{head_keys_}.substr(changed.key_begin, changed.key_size);
        if (changed.begins && seen_) {
            seen_->add(changed.hash);
        }
        if (changed.split) {
            cached_heads_.erase(changed.hash, head_key);
        } else {
            const bool must_begin = changed.begins && as == head_cache::kind::waiting;
            cached_heads_.put(changed.hash, head_key, changed.head,
                              must_begin ? head_cache::kind::waiting_to_begin : as);
        }
    }
}

/// In front of what the batch changes itself: of two entries with one key the later one counts.
void rocks_store::put_waiting(rocksdb::WriteBatch& batch) {
    if (waiting_bytes_ == 0) {
        return;
    }
    std::vector<beginning> begun;
    for (const auto& waiting : cached_heads_.waiting()) {
        put_heads(batch, waiting.head_key, head_list{*waiting.head});
        if (waiting.begins) {
            begun.push_back({waiting.head->head.first_offset, waiting.head_key, waiting.head});
        }
    }
    put_firsts(batch, begun);
    put_waiting_positions(batch);
}

/// After put_waiting and the write.
void rocks_store::mark_written() {
    if (waiting_bytes_ == 0) {
        return;
    }
    cached_heads_.mark_all_written();
    mark_positions_written();
    waiting_bytes_ = 0;
}

/// REQUIRES: write_mutex_ is held.
result<void> rocks_store::write_waiting() {
    if (waiting_bytes_ == 0) {
        return {};
    }
    rocksdb::WriteBatch batch;
    put_waiting(batch);
    if (auto written = write(batch); !written) {
        return written;
    }
    mark_written();
    return {};
}

/// From here on, RocksDB holds the heads of all that was applied before.
result<void> rocks_store::settle() {
    while (true) {
        {
            const std::lock_guard lock{write_mutex_};
            if (auto written = write_waiting(); !is_busy(written)) {
                return written;
            }
        }
        if (auto writable = wait_until_writable(); !writable) {
            return writable;
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
