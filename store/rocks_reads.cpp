#include "store/rocks_store.hpp"

#include <algorithm>

namespace bkes::store {
namespace {

/// The smallest byte string above all that start with `prefix`; empty if there is none.
bytes successor_of(bytes prefix) {
    while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xFF) {
        prefix.pop_back();
    }
    if (!prefix.empty()) {
        prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
    }
    return prefix;
}

}  // namespace

/// All heads of a key from RocksDB; an empty list if it was never seen.
result<head_list> rocks_store::read_heads(bytes_view head_key, const rocksdb::Snapshot* at) {
    rocksdb::ReadOptions options;
    options.snapshot = at;
    rocksdb::PinnableSlice value;
    const auto status = database_->Get(options, database_.heads(), slice_of(head_key), &value);
    head_list heads;
    if (status.IsNotFound()) {
        return heads;
    }
    if (!status.ok()) {
        return failure{failed("reading a head", status)};
    }
    if (!decode_heads(view_of(value), heads)) {
        return failure{violated("reading a head")};
    }
    return heads;
}

result<head_list> rocks_store::current_heads(bytes_view head_key) {
    if (const auto cached = cached_heads_.find(head_cache::hash_of(head_key), head_key)) {
        return head_list{*cached};
    }
    return read_heads(head_key);
}

/// Heads are looked up first, and an iterator is a snapshot: so it has all the events that the
/// heads promise, unless a retraction was written in between. Then both are taken again. While one
/// is being written, however long that takes, RocksDB has all heads, and one snapshot shows both.
result<rocks_store::aggregate_view> rocks_store::view_aggregate(bytes_view head_key) {
    while (true) {
        const auto writes = retraction_writes_.load();
        aggregate_view view;
        rocksdb::ReadOptions options;
        options.prefix_same_as_start = true;
        if (writes % 2 == 1) {
            view.snapshot = std::make_unique<rocksdb::ManagedSnapshot>(&*database_);
            options.snapshot = view.snapshot->snapshot();
        }
        auto heads =
            view.snapshot ? read_heads(head_key, options.snapshot) : current_heads(head_key);
        if (!heads) {
            return failure{heads.error()};
        }
        view.heads = std::move(*heads);
        if (!view.heads.empty()) {
            view.events.reset(database_->NewIterator(options, database_.events()));
        }
        if (retraction_writes_.load() == writes) {
            return view;
        }
    }
}

result<std::optional<aggregate_head>> rocks_store::find_head(bytes_view topic, bytes_view key) {
    bytes head_key;
    append_head_key(head_key, topic, key);
    const auto heads = current_heads(head_key);
    if (!heads) {
        return failure{heads.error()};
    }
    return heads->empty() ? std::nullopt : std::optional{heads->front().head};
}

result<std::vector<aggregate_head>> rocks_store::find_heads(bytes_view topic, bytes_view key) {
    bytes head_key;
    append_head_key(head_key, topic, key);
    const auto heads = current_heads(head_key);
    if (!heads) {
        return failure{heads.error()};
    }
    std::vector<aggregate_head> found;
    for (const auto& entry : *heads) {
        found.push_back(entry.head);
    }
    return found;
}

result<void> rocks_store::read_aggregate(bytes_view topic, bytes_view key, read_direction direction,
                                         const head_visitor& start, const event_visitor& visit) {
    bytes head_key;
    append_head_key(head_key, topic, key);
    const auto view = view_aggregate(head_key);
    if (!view) {
        return failure{view.error()};
    }
    if (view->heads.empty()) {
        static_cast<void>(start(std::nullopt));
        return {};
    }
    const auto& head = view->heads.front().head;
    const auto from = start(head);
    if (!from || *from < head.start_order || *from >= head.next_order) {
        return {};
    }
    const auto count = direction == read_direction::ascending ? head.next_order - *from
                                                              : *from - head.start_order + 1;
    return visit_events({topic, head.partition}, key, {*from, count, direction}, *view->events,
                        visit);
}

result<void> rocks_store::read_events(topic_partition where, bytes_view key, event_order from,
                                      const event_visitor& visit) {
    bytes head_key;
    append_head_key(head_key, where.topic, key);
    const auto view = view_aggregate(head_key);
    if (!view) {
        return failure{view.error()};
    }
    const auto place = index_of(view->heads, where.partition);
    if (place == view->heads.size()) {
        return {};
    }
    const auto& head = view->heads[place].head;
    const auto first = std::max(from, head.start_order);
    return visit_events(where, key, {first, head.next_order - first}, *view->events, visit);
}

/// Each of the orders. What stands behind the last one of a head in the files is left from before a
/// crash (rocks_store.hpp), and what stands before its first one are deletes: neither is stepped on.
result<void> rocks_store::visit_events(topic_partition where, bytes_view key,
                                       const order_run& orders, rocksdb::Iterator& events,
                                       const event_visitor& visit) {
    if (orders.count <= 0) {
        return {};
    }
    const bool is_upwards = orders.direction == read_direction::ascending;
    auto order = orders.from;
    bytes event_key;
    append_aggregate_prefix(event_key, where, key);
    append_order(event_key, order);
    is_upwards ? events.Seek(event_key) : events.SeekForPrev(event_key);
    for (auto left = orders.count;; order = order + (is_upwards ? 1 : -1)) {
        replace_order(event_key, order);
        if (!events.Valid() || view_of(events.key()) != event_key) {
            return events.status().ok() ? failure{violated("reading an event")}
                                        : failure{failed("reading events", events.status())};
        }
        const auto event = decode_event(order, view_of(events.value()));
        if (!event) {
            return failure{violated("reading an event")};
        }
        if (!visit(*event) || --left == 0) {
            return {};
        }
        is_upwards ? events.Next() : events.Prev();
    }
}

result<std::vector<listed_key>> rocks_store::list_keys(bytes_view topic, bytes_view prefix,
                                                       std::optional<bytes_view> after,
                                                       std::size_t limit, std::size_t bytes_max) {
    if (auto settled = settle(); !settled) {
        return failure{settled.error()};
    }
    bytes start;
    append_head_key(start, topic, after && *after > prefix ? *after : prefix);
    bytes end;
    append_head_key(end, topic, prefix);
    end = successor_of(std::move(end));
    const auto upper_bound = slice_of(end);
    rocksdb::ReadOptions options;
    options.iterate_upper_bound = end.empty() ? nullptr : &upper_bound;

    std::vector<listed_key> listed;
    head_list heads;
    const auto topic_size = topic_part(start).size();
    const std::unique_ptr<rocksdb::Iterator> it{database_->NewIterator(options, database_.heads())};
    std::size_t key_bytes = 0;
    for (it->Seek(start); it->Valid() && listed.size() < limit; it->Next()) {
        const auto key = view_of(it->key()).substr(topic_size);
        if (after && key <= *after) {
            continue;
        }
        if (!decode_heads(view_of(it->value()), heads)) {
            return failure{violated("listing keys")};
        }
        listed.push_back({bytes{key}, heads.front().head});
        key_bytes += key.size();
        if (key_bytes >= bytes_max) {
            break;
        }
    }
    if (!it->status().ok()) {
        return failure{failed("listing keys", it->status())};
    }
    return listed;
}

}  // namespace bkes::store
