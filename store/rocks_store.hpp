#pragma once
// event_store on RocksDB. Private to the store: included by rocks_*.cpp only, which implement it by
// meaning: rocks_open, rocks_apply, rocks_fill, rocks_positions, rocks_reads, rocks_retract,
// rocks_checkpoint.
//
// What is true of the files at any time, also after a crash (RocksDB flushes all families
// together): heads and positions agree with each other. Events may be ahead of both, as heads and
// positions are written only now and then (rocks_apply.cpp). Such events are written again, at
// the same place, when the log is read again from the position; until then nobody sees them, as
// every read ends at the next order of the head.
//
// A reader that needs head and events of one moment finds out by `retraction_writes_` whether
// events were taken away while it got hold of both (rocks_reads.cpp). Events that are added do no
// harm.
//
// Nobody waits for RocksDB with `write_mutex_` held: a write that it can't take now is `busy`, and
// who may wait does so without the lock and then begins again (`wait_until_writable`).
//
// Locks, in the order they are taken: `write_mutex_` (one change at a time: heads are read, changed
// and written), then `positions_mutex_` or `log_mutex_` or a shard of `cached_heads_`. Reads take
// the last three only.

#include "store/errors.hpp"
#include "store/event_store.hpp"
#include "store/fair_mutex.hpp"
#include "store/format.hpp"
#include "store/head_cache.hpp"
#include "store/rocks_options.hpp"
#include "store/rocks_slice.hpp"
#include "store/seen_keys.hpp"

#include <rocksdb/db.h>
#include <rocksdb/snapshot.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace bkes::store {

[[nodiscard]] inline bool is_busy(const result<void>& written) {
    return !written && written.error() == store_errc::busy;
}

/// The open database with its families; closes in the right order.
class rocks_database {
  public:
    rocks_database() = default;
    rocks_database(rocks_database&& other) noexcept;
    rocks_database& operator=(rocks_database&& other) noexcept;
    rocks_database(const rocks_database&) = delete;
    rocks_database& operator=(const rocks_database&) = delete;
    ~rocks_database();

    rocksdb::Status open(const rocks_setup& setup, const std::string& directory);
    /// Leaves the directory as it is, and nobody needs to have it for himself.
    rocksdb::Status open_to_look(const rocks_setup& setup, const std::string& directory);

    [[nodiscard]] rocksdb::DB& operator*() const { return *db_; }

    [[nodiscard]] rocksdb::DB* operator->() const { return db_.get(); }

    [[nodiscard]] rocksdb::ColumnFamilyHandle* meta() const { return families_[0]; }

    [[nodiscard]] rocksdb::ColumnFamilyHandle* events() const { return families_[1]; }

    [[nodiscard]] rocksdb::ColumnFamilyHandle* heads() const { return families_[2]; }

    [[nodiscard]] rocksdb::ColumnFamilyHandle* firsts() const { return families_[3]; }

    [[nodiscard]] rocksdb::ColumnFamilyHandle* positions() const { return families_[4]; }

    [[nodiscard]] const std::vector<rocksdb::ColumnFamilyHandle*>& families() const {
        return families_;
    }

  private:
    std::unique_ptr<rocksdb::DB> db_;
    std::vector<rocksdb::ColumnFamilyHandle*> families_;
};

class rocks_store final : public event_store {
  public:
    rocks_store(store_options options, const memory_shares& shares, rocks_setup setup,
                rocks_database database);
    rocks_store(const rocks_store&) = delete;
    rocks_store& operator=(const rocks_store&) = delete;
    ~rocks_store() override;

    /// Reads the positions and ends the changes that a crash interrupted.
    result<void> recover();

    result<apply_report> apply(topic_partition where, std::span<const new_event> events,
                               const log_position& position_after) override;
    result<std::optional<aggregate_head>> find_head(bytes_view topic, bytes_view key) override;
    result<std::vector<aggregate_head>> find_heads(bytes_view topic, bytes_view key) override;
    result<void> read_aggregate(bytes_view topic, bytes_view key, read_direction direction,
                                const head_visitor& start, const event_visitor& visit) override;
    result<void> read_events(topic_partition where, bytes_view key, event_order from,
                             const event_visitor& visit) override;
    result<std::vector<listed_key>> list_keys(bytes_view topic, bytes_view prefix,
                                              std::optional<bytes_view> after, std::size_t limit,
                                              std::size_t bytes_max) override;
    result<std::optional<log_position>> position(topic_partition where) override;
    std::vector<partition_id> partitions(bytes_view topic) override;
    result<void> drop_before(topic_partition where, log_offset log_start) override;
    result<void> truncate(topic_partition where, const log_position& end) override;
    result<void> drop_partition(topic_partition where) override;
    result<void> begin_fill(std::uint64_t events) override;
    result<void> end_fill() override;
    result<void> flush() override;
    checkpoint_outcome checkpoint(const std::string& place) override;
    [[nodiscard]] store_figures figures() const override;

    void interrupt() override { is_interrupted_ = true; }

  private:
    // rocks_store.cpp
    std::error_code failed(std::string_view what, const rocksdb::Status& status);
    std::error_code violated(std::string_view what);
    result<void> write(rocksdb::WriteBatch& batch);
    result<void> wait_until_writable();
    result<void> prepare_flush();

    // rocks_apply.cpp
    struct sorted_event {
        std::uint64_t key_start;  ///< first eight bytes, big-endian, zero-filled
        std::uint32_t key_size;
        std::uint32_t index;
    };

    struct changed_head {
        std::uint64_t hash;
        std::size_t key_begin;  ///< in `head_keys_`
        std::size_t key_size;
        stored_head head;
        bool begins = false;               ///< had no event
        std::optional<std::size_t> split;  ///< place of all its heads in `split_heads_`
    };

    struct beginning {
        log_offset first_offset;
        bytes_view head_key;
        const stored_head* own;
    };

    [[nodiscard]] bool fits(topic_partition where, std::span<const new_event> events,
                            const log_position& position_after);
    void sort_by_key(std::span<const new_event> events);
    result<void> apply_aggregate(topic_partition where, std::span<const new_event> events,
                                 std::span<const sorted_event> same_key, apply_report& report);
    result<head_list> heads_to_change(std::uint64_t hash, bytes_view head_key);
    void put_events(topic_partition where, std::span<const new_event> events,
                    std::span<const sorted_event> same_key, stored_head& own, apply_report& report);
    [[nodiscard]] bool may_wait(std::span<const new_event> events) const;
    void put_heads(rocksdb::WriteBatch& batch, bytes_view head_key, const head_list& heads);
    void put_changed_heads();
    void put_firsts(rocksdb::WriteBatch& batch, std::vector<beginning>& begun);
    void put_waiting(rocksdb::WriteBatch& batch);
    void mark_written();
    result<void> write_waiting();
    result<void> settle();
    void publish_heads(head_cache::kind as);
    void release_buffers();

    // rocks_fill.cpp
    result<void> merge_at(std::size_t factor);
    result<void> add_stored_keys();

    // rocks_reads.cpp
    /// The heads of a key and an iterator over all events that show the same moment.
    struct aggregate_view {
        std::unique_ptr<rocksdb::ManagedSnapshot> snapshot;  ///< outlives the iterator
        head_list heads;
        std::unique_ptr<rocksdb::Iterator> events;
    };

    result<head_list> read_heads(bytes_view head_key, const rocksdb::Snapshot* at = nullptr);
    result<head_list> current_heads(bytes_view head_key);
    result<aggregate_view> view_aggregate(bytes_view head_key);

    /// `count` orders from `from` on, up or down.
    struct order_run {
        event_order from;
        std::int64_t count;
        read_direction direction = read_direction::ascending;
    };

    result<void> visit_events(topic_partition where, bytes_view key, const order_run& orders,
                              rocksdb::Iterator& events, const event_visitor& visit);

    // rocks_positions.cpp
    result<void> read_positions();
    std::optional<stored_position> stored_position_of(topic_partition where);
    void put_position(rocksdb::WriteBatch& batch, topic_partition where,
                      const stored_position& position);
    void publish_position(topic_partition where, const std::optional<stored_position>& position,
                          head_cache::kind as);
    result<void> write_position(topic_partition where,
                                const std::optional<stored_position>& position);
    void put_waiting_positions(rocksdb::WriteBatch& batch);
    void mark_positions_written();

    // rocks_retract.cpp
    friend class retraction;

    friend class event_store;  // opens it

    store_options options_;
    bool was_other_format_ = false;
    rocks_setup setup_;
    rocks_database database_;
    head_cache cached_heads_;
    std::size_t block_cache_bytes_;

    fair_mutex write_mutex_;
    // Buffers of `apply`, kept from call to call; guarded by write_mutex_.
    rocksdb::WriteBatch batch_;
    std::vector<sorted_event> sorted_;
    std::vector<changed_head> changed_;
    std::vector<head_list> split_heads_;
    bytes head_keys_;
    bytes event_key_;
    bytes value_;
    std::size_t waiting_bytes_ = 0;  ///< of events whose heads and positions wait
    std::optional<seen_keys> seen_;  ///< while filling; guarded by write_mutex_

    /// Counted up when a write that takes events away begins and when it has ended: odd in between.
    /// Nothing waits then, and nothing else is written.
    std::atomic<bool> is_interrupted_{false};
    std::atomic<std::uint64_t> retraction_writes_{0};

    std::atomic<bool> is_stalled_{false};  ///< the last write was refused
    std::atomic<std::uint64_t> stalls_{0};

    std::mutex positions_mutex_;

    struct held_position {
        stored_position stored;
        bool waiting = false;
    };

    std::map<bytes, held_position, std::less<>> positions_;  ///< by positions key

    std::mutex log_mutex_;
    std::string last_problem_;
};

}  // namespace bkes::store
