#pragma once
// The bytes on disk. Pure: no RocksDB.
//
// Column family   key                                                   value
// default         "format_version"                                      decimal number
//                 "cluster_id"                                          text
// events          topic partition key_size:be32 key order:be64          event
// heads           topic key                                             head+   (home first)
// firsts          topic partition first_offset:be64 key                 (nothing)
// positions       topic partition                                       position
//
//   topic      := size:u8 byte*
//   partition  := be32
//   event      := 2 * offset + timestamp type:uvar timestamp_ms:svar body
//                 (type 0 CreateTime, 1 LogAppendTime)
//   head       := partition:uvar start_order:uvar event_count:uvar
//                 first_offset:uvar last_offset - first_offset:uvar
//                 first_timestamp_ms:svar last_timestamp_ms - first_timestamp_ms:svar
//                 dropped:u8 (0 none, 1 followed by offset:uvar timestamp_ms:svar)
//   position   := state:u8 topic_id:16 bytes next_offset:uvar epoch + 1:uvar
//   uvar       := base 128, lowest group first, at most 10 bytes;  svar := zigzag uvar
//   next_order = start_order + event_count
//
// An events key without its order (the last 8 bytes) names one aggregate in one partition: no other
// aggregate's key starts with it, as all sizes come first, so one seek and a run of Next restore an
// aggregate. A heads key ends with the raw key: byte order of entries = byte order of keys, which
// is the order of ListKeys.
//
// `firsts` has an entry for each head, at the offset of its first event, so that retention finds
// the aggregates that lose events, and a partition its own, without a look at the others. A head
// that lost all its events has it at the greatest offset there is, behind all others. Heads and
// their entries are only ever written together.
//
// DO NOT CHANGE the default column family or its two keys: every version reads them to find out
// what it has before it. Any other change needs a new `format_version`; a store of another version
// is emptied and rebuilt from the log.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "store/event_store.hpp"
#include "store/stored_head.hpp"

#include <cstdint>
#include <limits>
#include <optional>

namespace bkes::store {

/// 3: the bytes of 2, but a store of 2 may hold some that never were in the log (a full memtable while a
/// log of uncompressed batches was read).
inline constexpr std::uint32_t format_version = 3;

inline constexpr const char* format_version_key = "format_version";  // DO NOT CHANGE
inline constexpr const char* cluster_id_key = "cluster_id";          // DO NOT CHANGE
inline constexpr const char* events_family = "events";
inline constexpr const char* heads_family = "heads";
inline constexpr const char* firsts_family = "firsts";
inline constexpr const char* positions_family = "positions";

inline constexpr std::size_t order_bytes = 8;
/// Stands in `firsts` for a head without events. No record has it: the log's end is above it.
inline constexpr log_offset emptied_offset{std::numeric_limits<std::int64_t>::max()};
inline constexpr std::size_t event_header_bytes_max = 20;

/// Whether a change that takes many writes is under way in the partition. DO NOT CHANGE THE VALUES.
enum class partition_state : std::uint8_t {
    settled = 0,
    truncating = 1,  ///< to the position of the entry; goes on at open
    dropping = 2,    ///< as if there were no entry; goes on at open
};

struct stored_position {
    partition_state state = partition_state::settled;
    log_position position;

    friend bool operator==(const stored_position&, const stored_position&) = default;
};

/// Topics have at most 249 bytes in Kafka; more than 255 asserts.
void append_topic(bytes& out, bytes_view topic);
void append_position_key(bytes& out, topic_partition where);
void append_head_key(bytes& out, bytes_view topic, bytes_view key);
/// All of an events key but the order.
void append_aggregate_prefix(bytes& out, topic_partition where, bytes_view key);
void append_order(bytes& out, event_order order);
/// Overwrites the last 8 bytes of an events key.
void replace_order(bytes& event_key, event_order order);
[[nodiscard]] event_order order_of(bytes_view event_key);

/// Where retention finds the head of `key`: see above.
void append_first_key(bytes& out, topic_partition where, log_offset first_offset, bytes_view key);
[[nodiscard]] log_offset first_offset_of(const stored_head& own);
/// The aggregate's key at the end of a firsts key.
[[nodiscard]] bytes_view aggregate_part(bytes_view first_key);

/// Topic and partition at the start of an events or firsts key: neighbours in the memtable
/// (rocks_options.cpp).
[[nodiscard]] bytes_view partition_part(bytes_view key);
/// Topic at the start of any key.
[[nodiscard]] bytes_view topic_part(bytes_view key);

/// What stands before the body in an event. `out` has room for `event_header_bytes_max`; returns
/// the bytes used.
[[nodiscard]] std::size_t encode_event_header(char* out, log_offset offset,
                                              std::int64_t timestamp_ms, timestamp_type type);

// Decoding: empty or false if the bytes violate the grammar.

/// The body points into `value`.
[[nodiscard]] std::optional<stored_event> decode_event(event_order order, bytes_view value);

void append_heads(bytes& out, const head_list& heads);
[[nodiscard]] bool decode_heads(bytes_view value, head_list& heads);

void append_position(bytes& out, const stored_position& position);
[[nodiscard]] std::optional<stored_position> decode_position(bytes_view value);

struct position_key {
    bytes_view topic;
    partition_id partition;
};

[[nodiscard]] std::optional<position_key> decode_position_key(bytes_view key);

}  // namespace bkes::store
