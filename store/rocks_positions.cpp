// Positions are few and asked for often: all of them are held in memory.

#include "store/rocks_store.hpp"

namespace bkes::store {

result<void> rocks_store::read_positions() {
    const std::unique_ptr<rocksdb::Iterator> it{
        database_->NewIterator(rocksdb::ReadOptions{}, database_.positions())};
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
        const auto position = decode_position(view_of(it->value()));
        if (!position || !decode_position_key(view_of(it->key()))) {
            return failure{violated("reading a position")};
        }
        positions_.emplace(view_of(it->key()), held_position{*position, false});
    }
    if (!it->status().ok()) {
        return failure{failed("reading the positions", it->status())};
    }
    return {};
}

result<std::optional<log_position>> rocks_store::position(topic_partition where) {
    const auto stored = stored_position_of(where);
    if (!stored || stored->state == partition_state::dropping) {
        return std::nullopt;
    }
    return stored->position;
}

std::vector<partition_id> rocks_store::partitions(bytes_view topic) {
    std::vector<partition_id> found;
    const std::lock_guard lock{positions_mutex_};
    for (const auto& [key, held] : positions_) {
        const auto where = decode_position_key(key);
        if (where && where->topic == topic) {
            found.push_back(where->partition);
        }
    }
    return found;
}

std::optional<stored_position> rocks_store::stored_position_of(topic_partition where) {
    bytes key;
    append_position_key(key, where);
    const std::lock_guard lock{positions_mutex_};
    const auto found = positions_.find(key);
    return found == positions_.end() ? std::nullopt : std::optional{found->second.stored};
}

void rocks_store::put_position(rocksdb::WriteBatch& batch, topic_partition where,
                               const stored_position& position) {
    bytes key;
    bytes value;
    append_position_key(key, where);
    append_position(value, position);
    batch.Put(database_.positions(), key, value);
}

void rocks_store::publish_position(topic_partition where,
                                   const std::optional<stored_position>& position,
                                   head_cache::kind as) {
    bytes key;
    append_position_key(key, where);
    const std::lock_guard lock{positions_mutex_};
    if (position) {
        positions_.insert_or_assign(std::move(key),
                                    held_position{*position, as == head_cache::kind::waiting});
    } else {
        positions_.erase(key);
    }
}

/// Writes and publishes, and may wait; empty deletes the entry. REQUIRES: nothing of the partition
/// waits, and write_mutex_ isn't held.
result<void> rocks_store::write_position(topic_partition where,
                                         const std::optional<stored_position>& position) {
    rocksdb::WriteBatch batch;
    if (position) {
        put_position(batch, where, *position);
    } else {
        bytes key;
        append_position_key(key, where);
        batch.Delete(database_.positions(), key);
    }
    auto written = write(batch);
    while (is_busy(written)) {
        if (auto writable = wait_until_writable(); !writable) {
            return writable;
        }
        written = write(batch);
    }
    if (!written) {
        return written;
    }
    publish_position(where, position, head_cache::kind::written);
    return {};
}

void rocks_store::put_waiting_positions(rocksdb::WriteBatch& batch) {
    const std::lock_guard lock{positions_mutex_};
    for (const auto& [key, held] : positions_) {
        if (held.waiting) {
            value_.clear();
            append_position(value_, held.stored);
            batch.Put(database_.positions(), key, value_);
        }
    }
}

void rocks_store::mark_positions_written() {
    const std::lock_guard lock{positions_mutex_};
    for (auto& [key, held] : positions_) {
        held.waiting = false;
    }
}

}  // namespace bkes::store
