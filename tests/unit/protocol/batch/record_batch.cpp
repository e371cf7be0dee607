#include "protocol/batch/record_batch.hpp"

#include "protocol/errors.hpp"
#include "tests/unit/protocol/batch/batch_support.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <limits>
#include <random>

using namespace bkes;
using namespace bkes::protocol;
using namespace bkes::protocol::testing;

namespace {

constexpr std::size_t plenty = 64U << 20U;

protocol_errc error_of(const bytes& batch, std::size_t max = plenty) {
    const auto decoded = decode_batch(batch, max);
    return decoded ? protocol_errc{} : static_cast<protocol_errc>(decoded.error().value());
}

/// Two records as they stand on the wire, to be broken in one place by a test.
bytes raw_record(std::int32_t offset_delta, bytes_view headers = bytes_view{"\0", 1}) {
    bytes record;
    record += '\0';  // attributes
    record += '\0';  // timestamp delta
    record += static_cast<char>(2 * offset_delta);
    record += "\x02k\x02v";
    record += headers;
    return static_cast<char>(2 * record.size()) + record;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(protocol_record_batch)

BOOST_AUTO_TEST_CASE(random_batches_come_back_equal_in_every_codec) {
    const auto seed = std::random_device{}();
    BOOST_TEST_CONTEXT("seed " << seed) {
        std::mt19937_64 random{seed};
        for (int round = 0; round < 200; ++round) {
            const auto events = random_events(random, 1 + random() % 20);
            const auto batch = batch_of(events, log_offset{1000});
            BOOST_REQUIRE(batch_crc_is_right(batch));
            for (int codec = 0; codec <= 4; ++codec) {
                const auto recoded = compressed(batch, static_cast<compression_codec>(codec));
                BOOST_REQUIRE(batch_crc_is_right(recoded));
                const auto decoded = decode_batch(recoded, plenty);
                BOOST_REQUIRE(decoded.has_value());
                BOOST_REQUIRE(events_of(*decoded) == events);
                BOOST_REQUIRE(rebuilt(*decoded) == batch);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(builder_writes_the_header) {
    bytes out = "before";
    batch_builder builder{out};
    const auto body = encode_record_body("value", {});
    builder.add({.timestamp_ms = 500, .key = "a", .body = body});
    builder.add({.timestamp_ms = 400, .key = std::nullopt, .body = body});
    builder.add({.timestamp_ms = 700, .key = "", .body = body});
    builder.finish(log_offset{42}, {producer_id{7}, producer_epoch{3}, sequence_number{11}});
    const auto batch = out.substr(6);
    BOOST_TEST(builder.size() == batch.size());
    const auto header = decode_batch_header(batch).value();
    BOOST_TEST(header.size() == batch.size());
    BOOST_TEST(header.base_offset.value() == 42);
    BOOST_TEST(header.last_offset().value() == 44);
    BOOST_TEST(header.partition_leader_epoch.value() == -1);
    BOOST_TEST(header.attributes == 0);
    BOOST_TEST(header.base_timestamp_ms == 500);
    BOOST_TEST(header.max_timestamp_ms == 700);
    BOOST_TEST(header.producer.value() == 7);
    BOOST_TEST(header.epoch.value() == 3);
    BOOST_TEST(header.base_sequence.value() == 11);
    BOOST_TEST(header.record_count == 3);
    BOOST_TEST(batch_crc_is_right(batch));
    const auto decoded = decode_batch(batch, plenty).value();
    BOOST_TEST(decoded.timestamp_ms_of(decoded.records[1]) == 400);
    BOOST_TEST(decoded.offset_of(decoded.records[2]).value() == 44);
    BOOST_TEST(!decoded.records[1].key.has_value());
    BOOST_TEST((decoded.records[2].key == bytes_view{}));
}

BOOST_AUTO_TEST_CASE(stamping_renews_the_crc_and_placing_keeps_it) {
    std::mt19937_64 random{1};
    auto batch = batch_of(random_events(random, 3), log_offset{0});
    stamp_batch(batch, {producer_id{1LL << 40}, producer_epoch{9}, sequence_number{100}});
    BOOST_TEST(batch_crc_is_right(batch));
    place_batch(batch, log_offset{77}, leader_epoch{5});
    BOOST_TEST(batch_crc_is_right(batch));
    const auto header = decode_batch_header(batch).value();
    BOOST_TEST(header.producer.value() == 1LL << 40);
    BOOST_TEST(header.epoch.value() == 9);
    BOOST_TEST(header.base_sequence.value() == 100);
    BOOST_TEST(header.base_offset.value() == 77);
    BOOST_TEST(header.partition_leader_epoch.value() == 5);
}

BOOST_AUTO_TEST_CASE(refuses_every_prefix_and_bytes_left_over) {
    std::mt19937_64 random{2};
    const auto batch = batch_of(random_events(random, 10), log_offset{0});
    for (std::size_t size = 0; size < batch.size(); ++size) {
        BOOST_REQUIRE(error_of(batch.substr(0, size)) == protocol_errc::malformed);
    }
    BOOST_TEST((error_of(batch + "x") == protocol_errc::malformed));
    const auto recoded = compressed(batch, compression_codec::lz4);
    BOOST_TEST((error_of(recoded + "x") == protocol_errc::malformed));
    BOOST_TEST((error_of(raw_batch("", 0, 9) + "x") == protocol_errc::malformed));
    // Cut inside the records, with a header that agrees with it.
    for (std::size_t size = batch_header_size; size < batch.size(); ++size) {
        BOOST_REQUIRE(error_of(with_length_and_crc(batch.substr(0, size))) ==
                      protocol_errc::malformed);
    }
}

BOOST_AUTO_TEST_CASE(crc_notices_every_flipped_bit_it_covers) {
    std::mt19937_64 random{3};
    const auto batch = batch_of(random_events(random, 5), log_offset{0});
    for (std::size_t bit = 17 * 8; bit < batch.size() * 8; ++bit) {
        auto flipped = batch;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        BOOST_REQUIRE(!batch_crc_is_right(flipped));
    }
    BOOST_TEST(!batch_crc_is_right(batch.substr(0, 60)));
}

BOOST_AUTO_TEST_CASE(random_damage_never_crashes) {
    const auto seed = std::random_device{}();
    BOOST_TEST_CONTEXT("seed " << seed) {
        std::mt19937_64 random{seed};
        const auto batch = batch_of(random_events(random, 10), log_offset{0});
        for (int round = 0; round < 20000; ++round) {
            auto damaged = batch;
            for (std::uint64_t count = 1 + random() % 4; count > 0; --count) {
                damaged[random() % damaged.size()] = static_cast<char>(random());
            }
            const auto decoded = decode_batch(damaged, plenty);
            BOOST_REQUIRE(!decoded || events_of(*decoded).size() == decoded->records.size());
        }
    }
}

BOOST_AUTO_TEST_CASE(refuses_other_magic_and_lying_headers) {
    const auto good = raw_batch(raw_record(0) + raw_record(1), 2, 1);
    BOOST_TEST((error_of(good) == protocol_errc{}));
    auto magic_1 = good;
    magic_1[16] = 1;
    BOOST_TEST((error_of(magic_1) == protocol_errc::unsupported_magic));
    BOOST_TEST(
        (error_of(raw_batch(raw_record(0) + raw_record(1), 1, 1)) == protocol_errc::malformed));
    BOOST_TEST(
        (error_of(raw_batch(raw_record(0) + raw_record(1), 3, 1)) == protocol_errc::malformed));
    BOOST_TEST((error_of(raw_batch(raw_record(0), std::numeric_limits<std::int32_t>::max(), 1)) ==
                protocol_errc::malformed));
    BOOST_TEST((error_of(raw_batch(raw_record(0), -1, 0)) == protocol_errc::malformed));
    BOOST_TEST((error_of(raw_batch(raw_record(0), 1, -1)) == protocol_errc::malformed));
}

BOOST_AUTO_TEST_CASE(offset_deltas_rise_up_to_the_last) {
    BOOST_TEST(
        (error_of(raw_batch(raw_record(1) + raw_record(0), 2, 1)) == protocol_errc::malformed));
    BOOST_TEST(
        (error_of(raw_batch(raw_record(1) + raw_record(1), 2, 1)) == protocol_errc::malformed));
    BOOST_TEST(
        (error_of(raw_batch(raw_record(0) + raw_record(2), 2, 1)) == protocol_errc::malformed));
    // What compaction leaves: gaps, and a header without records.
    const auto compacted = raw_batch(raw_record(1) + raw_record(4), 2, 9);
    BOOST_TEST(decode_batch(compacted, plenty).value().header.last_offset().value() == 9);
    BOOST_TEST(decode_batch(raw_batch("", 0, 9), plenty).value().records.empty());
}

BOOST_AUTO_TEST_CASE(refuses_broken_lengths_inside_a_record) {
    const auto with = [](bytes_view record) {
        const auto sized = static_cast<char>(2 * record.size()) + bytes{record};
        return error_of(raw_batch(sized, 1, 0));
    };
    using namespace std::string_view_literals;
    BOOST_TEST((with("\0\0\0\x02k\x02v\0"sv) == protocol_errc{}));
    BOOST_TEST((with("\0\0\0\x03\x02v\0"sv) == protocol_errc::malformed));     // key -2
    BOOST_TEST((with("\0\0\0\x02k\x03\0"sv) == protocol_errc::malformed));     // value -2
    BOOST_TEST((with("\0\0\0\x20k\x02v\0"sv) == protocol_errc::malformed));    // key 16
    BOOST_TEST((with("\0\0\0\x02k\x02v\x01"sv) == protocol_errc::malformed));  // headers -1
    BOOST_TEST((with("\0\0\0\x02k\x02v\0x"sv) == protocol_errc::malformed));   // one byte more
    BOOST_TEST(
        (with("\0\0\0\x02k\x02v\x02\x01\x01"sv) == protocol_errc::malformed));  // null header key
    BOOST_TEST((with("\0\0\0\x02k\x02v\x02\x02h\x01"sv) == protocol_errc{}));
    BOOST_TEST((with("\0\0\0\x02k\x02v\x02\x02h\x03"sv) == protocol_errc::malformed));
    BOOST_TEST((with("\0\0\0\x02k\x02v\x04\x02h\x01"sv) == protocol_errc::malformed));
    BOOST_TEST((with("\0\0\0\x02k\x02v\xff\xff\xff\xff\x0f"sv) == protocol_errc::malformed));
}

BOOST_AUTO_TEST_CASE(headers_keep_order_duplicates_and_nulls) {
    const std::vector<record_header> headers{
        {"order", "7"}, {"order", "8"}, {"", ""}, {"null", std::nullopt}};
    const auto body = encode_record_body(std::nullopt, headers);
    bytes out;
    batch_builder builder{out};
    builder.add({.timestamp_ms = 1, .key = "k", .body = body});
    builder.finish(log_offset{0}, {});
    const auto decoded = decode_batch(out, plenty).value();
    BOOST_TEST(!decoded.records[0].value.has_value());
    BOOST_TEST((decoded.records[0].body == body));
    std::vector<record_header> seen;
    BOOST_TEST(for_each_header(decoded.records[0].encoded_headers,
                               [&](const record_header& header) { seen.push_back(header); }));
    BOOST_REQUIRE(seen.size() == headers.size());
    for (std::size_t index = 0; index < seen.size(); ++index) {
        BOOST_TEST((seen[index].key == headers[index].key));
        BOOST_TEST((seen[index].value == headers[index].value));
    }
}

BOOST_AUTO_TEST_CASE(log_append_time_takes_the_place_of_each_timestamp) {
    const auto batch = with_attributes(raw_batch(raw_record(0), 1, 0), 0x08, 5000);
    const auto decoded = decode_batch(batch, plenty).value();
    BOOST_TEST(decoded.header.has_log_append_time());
    BOOST_TEST(decoded.timestamp_ms_of(decoded.records[0]) == 5000);
}

BOOST_AUTO_TEST_CASE(extreme_timestamps_wrap_as_in_java) {
    using limits = std::numeric_limits<std::int64_t>;
    bytes out;
    batch_builder builder{out};
    const auto body = encode_record_body("v", {});
    builder.add({.timestamp_ms = limits::max(), .key = "k", .body = body});
    builder.add({.timestamp_ms = limits::min(), .key = "k", .body = body});
    builder.add({.timestamp_ms = -1, .key = "k", .body = body});
    builder.finish(log_offset{0}, {});
    const auto decoded = decode_batch(out, plenty).value();
    BOOST_TEST(decoded.timestamp_ms_of(decoded.records[0]) == limits::max());
    BOOST_TEST(decoded.timestamp_ms_of(decoded.records[1]) == limits::min());
    BOOST_TEST(decoded.timestamp_ms_of(decoded.records[2]) == -1);
}

BOOST_AUTO_TEST_CASE(views_survive_a_move_of_the_smallest_compressed_batch) {
    const auto batch = compressed(raw_batch(raw_record(0), 1, 0), compression_codec::zstd);
    auto first = decode_batch(batch, plenty).value();
    const auto moved = std::move(first);
    BOOST_TEST((moved.records[0].key == "k"));
    const auto place = moved.records[0].key->data() - moved.storage.data();
    BOOST_TEST(place > 0);
    BOOST_TEST(place < static_cast<std::ptrdiff_t>(moved.storage.size()));
}

BOOST_AUTO_TEST_CASE(kept_bytes_outlive_what_was_decoded) {
    std::mt19937_64 random{7};
    for (int codec = 0; codec <= 4; ++codec) {
        const auto events = random_events(random, 20);
        auto given =
            compressed(batch_of(events, log_offset{5}), static_cast<compression_codec>(codec));
        auto decoded = decode_batch(given, plenty).value();
        keep_bytes(decoded);
        const auto moved = std::move(decoded);
        std::ranges::fill(given, '\0');
        BOOST_TEST((events_of(moved) == events), "codec " << codec);
    }
    auto smallest = raw_batch(raw_record(0), 1, 0);
    auto decoded = decode_batch(smallest, plenty).value();
    keep_bytes(decoded);
    const auto moved = std::move(decoded);
    std::ranges::fill(smallest, '\0');
    BOOST_TEST((moved.records[0].key == "k"));
    BOOST_TEST((moved.records[0].value == "v"));
}

BOOST_AUTO_TEST_CASE(a_batch_that_expands_too_far_is_refused) {
    const auto body = encode_record_body(bytes(1000000, 'x'), {});
    bytes out;
    batch_builder builder{out};
    builder.add({.timestamp_ms = 1, .key = "k", .body = body});
    builder.finish(log_offset{0}, {});
    for (int codec = 0; codec <= 4; ++codec) {
        const auto batch = compressed(out, static_cast<compression_codec>(codec));
        BOOST_TEST((error_of(batch, 999999) == protocol_errc::expands_too_far));
        BOOST_TEST((error_of(batch) == protocol_errc{}));
    }
    BOOST_TEST((error_of(with_attributes(out, 0x06, 0)) == protocol_errc::bad_compression));
}

BOOST_AUTO_TEST_SUITE_END()
