#pragma once
// All events of the guarded topics by (topic, key, order), the head of each aggregate, and how far
// each partition has been read. An index derived from the log: what is lost is read again.
//
// Thread-safe. Reads never wait for writes, except `list_keys`, which writes heads first. Changes
// are serialised inside. `apply` doesn't wait for the disk: when RocksDB has to write out what it
// has before it takes more, it fails with `busy`, and the same call succeeds soon. All other
// changes may wait for that, and drop_before, truncate and drop_partition take as long as what they
// remove; meanwhile `apply` of other partitions goes on, and of this one too while drop_before
// runs. Views handed to a visitor are valid only during that call. Topics have at most 249 bytes,
// as in Kafka.
//
// Errors: store_errc (store/errors.hpp); RocksDB's own text goes to the `log_sink` given at open.
// After io_failed nothing of the failed call is visible, and reads go on. A full disk: RocksDB may
// recover by itself once there is room (a log line says so), and then the same call succeeds; else
// open the store again, which falls back to the position of the last flush. After `corrupt`, delete
// the directory.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/core/result.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace bkes::store {

struct topic_partition {
    bytes_view topic;
    partition_id partition;
};

/// How far a partition is in the store. Everything below `next_offset` is applied.
struct log_position {
    uuid topic_id;           ///< tells a topic that was deleted and created again
    log_offset next_offset;  ///< the first offset not yet applied
    leader_epoch epoch = unknown_leader_epoch;  ///< of the leader when it was read (KIP-101)

    friend bool operator==(const log_position&, const log_position&) = default;
};

/// A larger declared order is none: the orders after it must fit into 63 bits.
inline constexpr event_order declared_order_max{std::int64_t{1} << 62};

/// Whose clock a timestamp is of (Kafka: message.timestamp.type).
enum class timestamp_type : std::uint8_t { create_time = 0, log_append_time = 1 };

/// One record of the log, ready to be stored. All views belong to the caller.
struct new_event {
    log_offset offset;
    std::int64_t timestamp_ms = 0;
    timestamp_type timestamp_from = timestamp_type::create_time;
    bytes_view key;
    /// The number in its order header, if it has a decimal one. It only counts for the first
    /// retained event of a key (contract section 7), and only up to `declared_order_max`.
    std::optional<event_order> declared_order;
    /// Value and headers in the encoding of a Kafka record (from value_length on). Opaque here, and
    /// given back byte for byte.
    bytes_view body;
};

/// What is known of an aggregate in one partition.
struct aggregate_head {
    partition_id partition;
    event_order start_order;  ///< of the first retained event
    event_order next_order;   ///< which the next event must carry
    log_offset first_offset;
    std::int64_t first_timestamp_ms = 0;
    log_offset last_offset;
    std::int64_t last_timestamp_ms = 0;

    friend bool operator==(const aggregate_head&, const aggregate_head&) = default;
};

/// What `apply` noticed about records that were written past bkes.
struct apply_report {
    std::size_t applied = 0;
    std::size_t misnumbered = 0;    ///< declared order disagrees with the place in the log
    std::vector<bytes> split_keys;  ///< newly seen in a second partition
};

struct stored_event {
    event_order order;
    log_offset offset;
    std::int64_t timestamp_ms = 0;
    timestamp_type timestamp_from = timestamp_type::create_time;
    bytes_view body;
};

enum class read_direction : std::uint8_t { ascending, descending };

/// Returns false to stop.
using event_visitor = std::function<bool(const stored_event&)>;

/// Told what an aggregate is (nullopt: never seen); returns the order to read from, or nothing.
using head_visitor =
    std::function<std::optional<event_order>(const std::optional<aggregate_head>&)>;

struct listed_key {
    bytes key;
    aggregate_head head;  ///< of its home partition
};

struct store_options {
    std::string directory;
    std::size_t memory_bytes = std::size_t{128}
                               << 20U;  ///< caches, memtables, index blocks together
    std::string cluster_id;             ///< a directory of another cluster is refused
    /// Called from any thread, RocksDB's too.
    std::function<void(std::string_view)> log_sink = [](std::string_view) {};
};

/// As it stands now.
struct store_figures {
    std::size_t memory_bytes = 0;     ///< of caches and memtables
    std::uint64_t disk_bytes = 0;     ///< of the tables in use
    std::uint64_t keys_estimate = 0;  ///< heads, those of split keys more than once
    bool takes_no_writes = false;     ///< it writes out what it has first
    std::uint64_t stalls = 0;         ///< how often that began, as far as `apply` met it
    bool was_other_format = false;    ///< it was emptied when it was opened
};

/// How far one partition is in a restore point.
struct restorable_partition {
    bytes topic;
    partition_id partition;
    log_position position;
};

struct checkpoint_report {
    std::uint64_t bytes = 0;  ///< of its files, nearly all of them shared with the store's
    std::chrono::milliseconds took{};
    std::vector<restorable_partition> partitions;  ///< as they are in it
};

/// Or why there is none, for people.
using checkpoint_outcome = std::expected<checkpoint_report, std::string>;

class event_store {
  public:
    /// Creates or opens. Refuses a directory in use, or of another cluster. One of another format
    /// version is emptied with a log line, never misread.
    static result<std::unique_ptr<event_store>> open(store_options options);

    event_store() = default;
    event_store(const event_store&) = delete;
    event_store& operator=(const event_store&) = delete;
    virtual ~event_store() = default;

    /// Adds events of one partition (offsets rising, none below the stored position) and moves the
    /// position, in one atomic write. Each event gets the next order of its key in that partition.
    /// Readable when it returns. From 1,000 events on it counts as part of a rebuild, which costs
    /// about half as much for each event; the more at once, the less each costs (5,000 is good).
    virtual result<apply_report> apply(topic_partition where, std::span<const new_event> events,
                                       const log_position& position_after) = 0;

    /// The head in the home partition: the partition whose first event of the key has the lowest
    /// timestamp, the lowest number when equal. Empty: never seen. A miss costs no disk read.
    virtual result<std::optional<aggregate_head>> find_head(bytes_view topic, bytes_view key) = 0;

    /// The heads in all partitions, home first; more than one if the key is split.
    virtual result<std::vector<aggregate_head>> find_heads(bytes_view topic, bytes_view key) = 0;

    /// One aggregate as it is at one moment, whatever is applied or taken away meanwhile: `start`
    /// is called once with its head in the home partition, then `visit` with its events from the
    /// order that `start` returned up to the head's next order, or down to its start order, without a
    /// gap (an event that is missing is `corrupt`). An order outside of start_order..next_order - 1
    /// visits nothing. Both directions cost what is visited, however long the aggregate is.
    virtual result<void> read_aggregate(bytes_view topic, bytes_view key, read_direction direction,
                                        const head_visitor& start, const event_visitor& visit) = 0;

    /// Visits the events of one aggregate in one partition from `from` on, or from the first that
    /// is left, in order, up to the next order of its head at the time of the call. Who looked at
    /// the head before may find less here: then use `read_aggregate`.
    virtual result<void> read_events(topic_partition where, bytes_view key, event_order from,
                                     const event_visitor& visit) = 0;

    /// Keys with this prefix after `after` (exclusive, if given) in byte order; also those whose
    /// events were all dropped. At most `limit`, and no more once they have `bytes_max` bytes
    /// together: a page that isn't empty, however short, may be followed by another.
    virtual result<std::vector<listed_key>> list_keys(bytes_view topic, bytes_view prefix,
                                                      std::optional<bytes_view> after,
                                                      std::size_t limit, std::size_t bytes_max) = 0;

    /// Empty: nothing of the partition was ever applied.
    virtual result<std::optional<log_position>> position(topic_partition where) = 0;

    /// The partitions of the topic of which something was applied.
    virtual std::vector<partition_id> partitions(bytes_view topic) = 0;

    /// Retention moved the start of the log: forgets events below it. Orders don't start again: a
    /// head whose events are all gone keeps its next order.
    virtual result<void> drop_before(topic_partition where, log_offset log_start) = 0;

    /// The log was cut (unclean election): forgets events at and after `end` and moves the position
    /// back to it; out_of_order if the position is below. Heads go back to what the remaining
    /// events say. Until it returns, `apply` of this partition is refused; after a crash `open`
    /// ends it.
    virtual result<void> truncate(topic_partition where, const log_position& end) = 0;

    /// Forgets everything of one partition, its position too.
    virtual result<void> drop_partition(topic_partition where) = 0;

    /// From now on drop_before, truncate and drop_partition end between two batches, also those
    /// under way, with `interrupted`, and no checkpoint begins. Nothing is lost by it: drop_before
    /// is asked for again, the others are ended by `open`. So that a stop needn't wait for millions
    /// of events. Any thread.
    virtual void interrupt() = 0;

    /// Says that up to `events` are to come, by large calls of `apply`, and that little is read until
    /// `end_fill`: then most of what each costs doesn't grow with how many keys there are. Long work
    /// if there are many already, nothing if too many. Any time, not both at once. `end_fill` flushes.
    virtual result<void> begin_fill(std::uint64_t events) = 0;
    virtual result<void> end_fill() = 0;

    /// Makes all that was applied durable; without it a crash falls back to an earlier position.
    /// Closing does so too.
    virtual result<void> flush() = 0;

    /// Makes a restore point (store/restore_point.hpp) of all that was applied before, and maybe of
    /// what is applied meanwhile, which goes on. Long work: it flushes. `place` is absolute, on the
    /// store's file system, and nothing is there yet, or an empty directory.
    virtual checkpoint_outcome checkpoint(const std::string& place) = 0;

    /// For metrics and tests; any thread.
    [[nodiscard]] virtual store_figures figures() const = 0;
};

}  // namespace bkes::store
