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
result<head_list> rocks_store::read_heads(bytes_view head_key) {
    rocksdb::PinnableSlice value;
    const auto status =
        database_->Get(rocksdb::ReadOptions{}, database_.heads(), slice_of(head_key), &value);
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

result<std::optional<aggregate_head>> rocks_store::find_head(bytes_view topic, bytes_view key) {
    bytes head_key;
    append_head_key(head_key, topic, key);
    if (const auto cached = cached_heads_.find(head_cache::hash_of(head_key), head_key)) {
        return cached->head;
    }
    const auto heads = read_heads(head_key);
    if (!heads) {
        return failure{heads.error()};
    }
    return heads->empty() ? std::nullopt : std::optional{heads->front().head};
}

result<std::vector<aggregate_head>> rocks_store::find_heads(bytes_view topic, bytes_view key) {
    bytes head_key;
    append_head_key(head_key, topic, key);
    if (const auto cached = cached_heads_.find(head_cache::hash_of(head_key), head_key)) {
        return std::vector{cached->head};
    }
    const auto heads = read_heads(head_key);
    if (!heads) {
        return failure{heads.error()};
    }
    std::vector<aggregate_head> found;
    for (const auto& entry : *heads) {
        found.push_back(entry.head);
    }
    return found;
}

/// The next order of this key in this partition, 0 if there is none. What stands behind it in the
/// files is left from before a crash (rocks_store.hpp).
result<event_order> rocks_store::readable_end(topic_partition where, bytes_view key) {
    bytes head_key;
    append_head_key(head_key, where.topic, key);
    auto cached = cached_heads_.find(head_cache::hash_of(head_key), head_key);
    auto heads = cached ? result<head_list>{head_list{*cached}} : read_heads(head_key);
    if (!heads) {
        return failure{heads.error()};
    }
    const auto place = index_of(*heads, where.partition);
    return place < heads->size() ? (*heads)[place].head.next_order : event_order{0};
}

result<void> rocks_store::read_events(topic_partition where, bytes_view key, event_order from,
                                      const event_visitor& visit) {
    const auto end = readable_end(where, key);
    if (!end) {
        return failure{end.error()};
    }
    if (from >= *end) {
        return {};
    }
    bytes start;
    append_aggregate_prefix(start, where, key);
    append_order(start, std::max(from, event_order{0}));
    rocksdb::ReadOptions options;
    options.prefix_same_as_start = true;
    const std::unique_ptr<rocksdb::Iterator> it{
        database_->NewIterator(options, database_.events())};
    for (it->Seek(start); it->Valid(); it->Next()) {
        const auto event = decode_event(order_of(view_of(it->key())), view_of(it->value()));
        if (!event) {
            return failure{violated("reading an event")};
        }
        if (event->order >= *end || !visit(*event)) {
            return {};
        }
    }
    if (!it->status().ok()) {
        return failure{failed("reading events", it->status())};
    }
    return {};
}

result<std::vector<listed_key>> rocks_store::list_keys(bytes_view topic, bytes_view prefix,
                                                       std::optional<bytes_view> after,
                                                       std::size_t limit) {
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
    for (it->Seek(start); it->Valid() && listed.size() < limit; it->Next()) {
        const auto key = view_of(it->key()).substr(topic_size);
        if (after && key <= *after) {
            continue;
        }
        if (!decode_heads(view_of(it->value()), heads)) {
            return failure{violated("listing keys")};
        }
        listed.push_back({bytes{key}, heads.front().head});
    }
    if (!it->status().ok()) {
        return failure{failed("listing keys", it->status())};
    }
    return listed;
}

}  // namespace bkes::store
