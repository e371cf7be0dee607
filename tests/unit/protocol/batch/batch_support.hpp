#pragma once
// Batches for tests: random ones, and ones broken on purpose.

#include "protocol/batch/batch_layout.hpp"
#include "protocol/batch/record_batch.hpp"
#include "protocol/wire/crc32c.hpp"
#include "protocol/wire/writer.hpp"

#include <boost/endian/conversion.hpp>

#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace bkes::protocol::testing {

/// A record that owns what it holds, to be compared with ==.
struct event {
    std::int64_t timestamp_ms = 0;
    std::optional<bytes> key;
    std::optional<bytes> value;
    std::vector<std::pair<bytes, std::optional<bytes>>> headers;

    friend bool operator==(const event&, const event&) = default;
};

inline std::optional<bytes> owned(std::optional<bytes_view> view) {
    return view ? std::optional{bytes{*view}} : std::nullopt;
}

inline std::vector<event> events_of(const decoded_batch& batch) {
    std::vector<event> events;
    for (const auto& record : batch.records) {
        event one{batch.timestamp_ms_of(record), owned(record.key), owned(record.value), {}};
        for_each_header(record.encoded_headers, [&](const record_header& header) {
            one.headers.emplace_back(bytes{header.key}, owned(header.value));
        });
        events.push_back(std::move(one));
    }
    return events;
}

inline bytes random_bytes(std::mt19937_64& random, std::size_t size_max) {
    bytes data(random() % (size_max + 1), '\0');
    for (auto& octet : data) {
        octet = static_cast<char>(random() % 16);
    }
    return data;
}

inline std::optional<bytes> random_or_null(std::mt19937_64& random, std::size_t size_max) {
    return random() % 5 == 0 ? std::nullopt : std::optional{random_bytes(random, size_max)};
}

inline std::vector<event> random_events(std::mt19937_64& random, std::size_t count) {
    std::vector<event> events(count);
    for (auto& one : events) {
        one.timestamp_ms = static_cast<std::int64_t>(random() % 2000000) - 1;
        one.key = random_or_null(random, 200);
        one.value = random_or_null(random, 2000);
        for (auto left = random() % 4; left > 0; --left) {
            one.headers.emplace_back(random_bytes(random, 70), random_or_null(random, 70));
        }
    }
    return events;
}

inline bytes batch_of(const std::vector<event>& events, log_offset base_offset) {
    bytes out;
    batch_builder builder{out};
    for (const auto& one : events) {
        std::vector<record_header> headers;
        for (const auto& [key, value] : one.headers) {
            headers.push_back({key, value ? std::optional<bytes_view>{*value} : std::nullopt});
        }
        const auto value = one.value ? std::optional<bytes_view>{*one.value} : std::nullopt;
        const auto body = encode_record_body(value, headers);
        builder.add({.timestamp_ms = one.timestamp_ms,
                     .key = one.key ? std::optional<bytes_view>{*one.key} : std::nullopt,
                     .body = body});
    }
    builder.finish(base_offset, {});
    return out;
}

/// The batch that bkes writes of a batch it read: uncompressed, contiguous.
inline bytes rebuilt(const decoded_batch& batch) {
    bytes out;
    batch_builder builder{out};
    for (const auto& record : batch.records) {
        builder.add({.timestamp_ms = batch.timestamp_ms_of(record),
                     .key = record.key,
                     .body = record.body});
    }
    builder.finish(batch.header.base_offset,
                   {batch.header.producer, batch.header.epoch, batch.header.base_sequence});
    return out;
}

template <class T>
void overwrite(bytes& batch, std::size_t position, T value) {
    boost::endian::endian_store<T, sizeof value, boost::endian::order::big>(
        reinterpret_cast<unsigned char*>(batch.data() + position), value);
}

/// Makes the header agree with the size and the bytes of the batch.
inline bytes with_length_and_crc(bytes batch) {
    overwrite(batch, batch_at::batch_length,
              static_cast<std::int32_t>(batch.size() - batch_prefix_size));
    overwrite(batch, batch_at::crc, crc32c(bytes_view{batch}.substr(batch_at::attributes)));
    return batch;
}

inline bytes with_attributes(bytes batch, std::int16_t attributes, std::int64_t max_timestamp_ms) {
    overwrite(batch, batch_at::attributes, attributes);
    overwrite(batch, batch_at::attributes + 14, max_timestamp_ms);
    return with_length_and_crc(std::move(batch));
}

/// An uncompressed batch written again with the codec, as a producer would.
inline bytes compressed(const bytes& batch, compression_codec codec) {
    auto out = batch.substr(0, batch_header_size) +
               compress(codec, bytes_view{batch}.substr(batch_header_size));
    overwrite(out, batch_at::attributes, static_cast<std::int16_t>(codec));
    return with_length_and_crc(std::move(out));
}

/// A batch of records given in their encoding, with any count and last delta in its header.
inline bytes raw_batch(const bytes& records, std::int32_t record_count,
                       std::int32_t last_offset_delta) {
    bytes out;
    writer to{out};
    to.i64(0);
    to.i32(0);
    to.i32(-1);
    to.i8(2);
    to.u32(0);
    to.i16(0);
    to.i32(last_offset_delta);
    to.i64(1000);
    to.i64(1000);
    to.i64(-1);
    to.i16(-1);
    to.i32(-1);
    to.i32(record_count);
    to.raw(records);
    return with_length_and_crc(std::move(out));
}

}  // namespace bkes::protocol::testing
