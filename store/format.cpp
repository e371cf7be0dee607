#include "store/format.hpp"

#include "protocol/core/assert.hpp"
#include "store/varint.hpp"

#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <limits>

namespace bkes::store {
namespace {

constexpr std::uint64_t order_max = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t int32_max = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t head_bytes_max = 9 * varint_bytes_max + 1;

template <class T>
void append_big_endian(bytes& out, T value) {
    unsigned char raw[sizeof(T)];
    boost::endian::endian_store<T, sizeof(T), boost::endian::order::big>(raw, value);
    out.append(reinterpret_cast<const char*>(raw), sizeof(T));
}

template <class T>
T load_big_endian(bytes_view at) {
    return boost::endian::endian_load<T, sizeof(T), boost::endian::order::big>(
        reinterpret_cast<const unsigned char*>(at.data()));
}

std::uint64_t positive(std::int64_t value) {
    BKES_ASSERT(value >= 0);
    return static_cast<std::uint64_t>(value);
}

// Timestamps come from producers and may be anything: the difference wraps, and wraps back.
std::int64_t wrapping_difference(std::int64_t to, std::int64_t from) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(to) -
                                     static_cast<std::uint64_t>(from));
}

std::int64_t wrapping_sum(std::int64_t from, std::int64_t difference) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(from) +
                                     static_cast<std::uint64_t>(difference));
}

char* put_head(char* at, const stored_head& entry) {
    const auto& head = entry.head;
    at = put_uvar(at, positive(head.partition.value()));
    at = put_uvar(at, positive(head.start_order.value()));
    at = put_uvar(at, positive(head.next_order - head.start_order));
    at = put_uvar(at, positive(head.first_offset.value()));
    at = put_uvar(at, positive(head.last_offset - head.first_offset));
    at = put_uvar(at, to_zigzag(head.first_timestamp_ms));
    at = put_uvar(at,
                  to_zigzag(wrapping_difference(head.last_timestamp_ms, head.first_timestamp_ms)));
    *at++ = entry.lost_events() ? 1 : 0;
    if (entry.lost_events()) {
        at = put_uvar(at, positive(entry.dropped.offset.value()));
        at = put_uvar(at, to_zigzag(entry.dropped.timestamp_ms));
    }
    return at;
}

stored_head take_head(varint_reader& in) {
    stored_head entry;
    auto& head = entry.head;
    head.partition = partition_id{static_cast<std::int32_t>(in.below(int32_max))};
    head.start_order = event_order{in.below(order_max)};
    head.next_order = head.start_order +
                      in.below(order_max - static_cast<std::uint64_t>(head.start_order.value()));
    head.first_offset = log_offset{in.below(order_max)};
    head.last_offset = head.first_offset +
                       in.below(order_max - static_cast<std::uint64_t>(head.first_offset.value()));
    head.first_timestamp_ms = in.svar();
    head.last_timestamp_ms = wrapping_sum(head.first_timestamp_ms, in.svar());
    if (in.below(1) == 1) {
        entry.dropped.offset = log_offset{in.below(order_max)};
        entry.dropped.timestamp_ms = in.svar();
    }
    return entry;
}

}  // namespace

void append_topic(bytes& out, bytes_view topic) {
    BKES_ASSERT(topic.size() <= std::numeric_limits<std::uint8_t>::max());
    out.push_back(static_cast<char>(topic.size()));
    out.append(topic);
}

void append_position_key(bytes& out, topic_partition where) {
    append_topic(out, where.topic);
    append_big_endian(out, where.partition.value());
}

void append_head_key(bytes& out, bytes_view topic, bytes_view key) {
    append_topic(out, topic);
    out.append(key);
}

void append_aggregate_prefix(bytes& out, topic_partition where, bytes_view key) {
    append_position_key(out, where);
    append_big_endian(out, static_cast<std::uint32_t>(key.size()));
    out.append(key);
}

void append_order(bytes& out, event_order order) {
    append_big_endian(out, order.value());
}

void replace_order(bytes& event_key, event_order order) {
    BKES_ASSERT(event_key.size() >= order_bytes);
    event_key.resize(event_key.size() - order_bytes);
    append_order(event_key, order);
}

event_order order_of(bytes_view event_key) {
    BKES_ASSERT(event_key.size() >= order_bytes);
    return event_order{load_big_endian<std::int64_t>(event_key.substr(event_key.size() - 8))};
}

bytes_view topic_part(bytes_view key) {
    return key.empty() ? key : key.substr(0, 1 + static_cast<std::uint8_t>(key.front()));
}

bytes_view partition_part(bytes_view key) {
    return key.substr(0, topic_part(key).size() + sizeof(std::int32_t));
}

void append_first_key(bytes& out, topic_partition where, log_offset first_offset, bytes_view key) {
    append_position_key(out, where);
    append_big_endian(out, first_offset.value());
    out.append(key);
}

log_offset first_offset_of(const stored_head& own) {
    return own.is_empty() ? emptied_offset : own.head.first_offset;
}

bytes_view aggregate_part(bytes_view first_key) {
    return first_key.substr(
        std::min(first_key.size(), partition_part(first_key).size() + sizeof(std::int64_t)));
}

std::size_t encode_event_header(char* out, log_offset offset, std::int64_t timestamp_ms,
                                timestamp_type type) {
    char* end = put_uvar(out, positive(offset.value()) << 1U | static_cast<std::uint64_t>(type));
    end = put_uvar(end, to_zigzag(timestamp_ms));
    return static_cast<std::size_t>(end - out);
}

std::optional<stored_event> decode_event(event_order order, bytes_view value) {
    varint_reader in{value};
    stored_event event{.order = order, .offset = {}, .body = {}};
    const auto place = in.uvar();
    event.offset = log_offset{static_cast<std::int64_t>(place >> 1U)};
    event.timestamp_from = static_cast<timestamp_type>(place & 1U);
    event.timestamp_ms = in.svar();
    event.body = in.rest();
    return in.failed() || order.value() < 0 ? std::nullopt : std::optional{event};
}

void append_heads(bytes& out, const head_list& heads) {
    for (const auto& entry : heads) {
        char raw[head_bytes_max];
        out.append(raw, static_cast<std::size_t>(put_head(raw, entry) - raw));
    }
}

bool decode_heads(bytes_view value, head_list& heads) {
    heads.clear();
    varint_reader in{value};
    do {
        heads.push_back(take_head(in));
    } while (!in.rest().empty());
    return !in.failed();
}

void append_position(bytes& out, const stored_position& stored) {
    const auto& position = stored.position;
    out.push_back(static_cast<char>(stored.state));
    out.append(reinterpret_cast<const char*>(position.topic_id.octets.data()),
               position.topic_id.octets.size());
    char raw[2 * varint_bytes_max];
    char* end = put_uvar(raw, positive(position.next_offset.value()));
    end = put_uvar(end, positive(std::int64_t{position.epoch.value()} + 1));
    out.append(raw, static_cast<std::size_t>(end - raw));
}

std::optional<stored_position> decode_position(bytes_view value) {
    varint_reader in{value};
    stored_position stored;
    stored.state = static_cast<partition_state>(
        in.below(static_cast<std::uint64_t>(partition_state::dropping)));
    const auto id = in.raw(stored.position.topic_id.octets.size());
    std::ranges::copy(id, stored.position.topic_id.octets.begin());
    stored.position.next_offset = log_offset{in.below(order_max)};
    stored.position.epoch = leader_epoch{static_cast<std::int32_t>(in.below(int32_max + 1) - 1)};
    return in.failed() || !in.rest().empty() ? std::nullopt : std::optional{stored};
}

std::optional<position_key> decode_position_key(bytes_view key) {
    varint_reader in{key};
    const auto size = in.raw(1);
    const auto topic = in.raw(size.empty() ? 0 : static_cast<std::uint8_t>(size.front()));
    const auto partition = in.raw(sizeof(std::int32_t));
    if (in.failed() || !in.rest().empty()) {
        return std::nullopt;
    }
    return position_key{topic, partition_id{load_big_endian<std::int32_t>(partition)}};
}

}  // namespace bkes::store
