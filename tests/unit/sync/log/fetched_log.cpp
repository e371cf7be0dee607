#include "sync/log/fetched_log.hpp"

#include "protocol/errors.hpp"
#include "protocol/wire/crc32c.hpp"
#include "protocol/wire/writer.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

namespace {

using namespace bkes;
using namespace bkes::sync;

constexpr std::int16_t transactional_bit = 0x10;
constexpr std::int16_t control_bit = 0x20;
constexpr std::size_t crc_begins = 21;

enum class marker : std::int16_t { abort = 0, commit = 1 };

void set_attributes(bytes& batch, std::int16_t attributes) {
    batch[21] = static_cast<char>(attributes >> 8);
    batch[22] = static_cast<char>(attributes);
    protocol::writer out{batch};
    out.patch_i32(
        17, static_cast<std::int32_t>(protocol::crc32c(bytes_view{batch}.substr(crc_begins))));
}

bytes data(std::int64_t offset, const std::vector<bytes_view>& keys, std::int64_t producer = -1) {
    bytes out;
    protocol::batch_builder builder{out};
    const auto body = protocol::encode_record_body(bytes_view{"v"}, {});
    for (const auto key : keys) {
        builder.add({.timestamp_ms = 5, .key = key, .body = body});
    }
    const std::int16_t epoch = producer < 0 ? -1 : 0;
    builder.finish(log_offset{offset}, {.producer = producer_id{producer},
                                        .epoch = producer_epoch{epoch},
                                        .base_sequence = sequence_number{producer < 0 ? -1 : 0}});
    if (producer >= 0) {
        set_attributes(out, transactional_bit);
    }
    return out;
}

bytes end_of_transaction(std::int64_t offset, std::int64_t producer, marker what) {
    bytes key;
    protocol::writer writer{key};
    writer.i16(0);
    writer.i16(static_cast<std::int16_t>(what));
    bytes out = data(offset, {key}, producer);
    set_attributes(out, transactional_bit | control_bit);
    return out;
}

std::vector<bytes> keys_of(const fetched_log& log, std::int64_t from = 0) {
    static const event_decoder decoder{"order", ""};
    std::vector<store::new_event> events;
    for (const auto& batch : log.batches) {
        if (batch.counts) {
            append_events(batch.content, log_offset{from}, decoder, events);
        }
    }
    std::vector<bytes> keys;
    for (const auto& event : events) {
        keys.emplace_back(event.key);
    }
    return keys;
}

fetched_log read(const bytes& records, const std::vector<aborted_transaction>& aborted = {}) {
    auto log = read_fetched_log(records, aborted, 1 << 20);
    BOOST_REQUIRE(log);
    return std::move(*log);
}

using keys = std::vector<bytes>;

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_fetched_log)

BOOST_AUTO_TEST_CASE(gives_events_with_their_offsets_from_a_position_on) {
    const auto records = data(10, {"a", "b", "c"}) + data(13, {"d"});
    const auto log = read(records);
    BOOST_TEST(log.next_offset.value() == 14);
    BOOST_TEST((keys_of(log) == keys{"a", "b", "c", "d"}));
    BOOST_TEST((keys_of(log, 12) == keys{"c", "d"}));
    BOOST_TEST(keys_of(log, 14).empty());
}

BOOST_AUTO_TEST_CASE(a_batch_cut_off_at_the_end_is_left_for_the_next_fetch) {
    const auto first = data(0, {"a"});
    const auto second = data(1, {"b"});
    for (std::size_t size = 0; size < second.size(); ++size) {
        const auto records = first + second.substr(0, size);
        const auto log = read(records);
        BOOST_TEST(log.next_offset.value() == 1);
        BOOST_TEST(log.batches.size() == 1U);
    }
}

BOOST_AUTO_TEST_CASE(nothing_fetched_is_no_position) {
    BOOST_TEST(read("").next_offset.value() == -1);
}

BOOST_AUTO_TEST_CASE(markers_take_offsets_and_are_no_events) {
    const auto records =
        data(0, {"a"}, 7) + end_of_transaction(1, 7, marker::commit) + data(2, {"b"});
    const auto log = read(records);
    BOOST_TEST(log.next_offset.value() == 3);
    BOOST_TEST((keys_of(log) == keys{"a", "b"}));
}

BOOST_AUTO_TEST_CASE(aborted_transactions_end_with_their_marker) {
    const auto records = data(0, {"gone"}, 7) + data(1, {"other"}, 8) + data(2, {"gone too"}, 7) +
                         end_of_transaction(3, 7, marker::abort) + data(4, {"kept"}, 7) +
                         end_of_transaction(5, 7, marker::commit) + data(6, {"plain"});
    const auto log = read(records, {{producer_id{7}, log_offset{0}}});
    BOOST_TEST((keys_of(log) == keys{"other", "kept", "plain"}));
}

BOOST_AUTO_TEST_CASE(one_producer_may_abort_twice) {
    const auto records = data(0, {"x"}, 7) + end_of_transaction(1, 7, marker::abort) +
                         data(2, {"y"}, 7) + end_of_transaction(3, 7, marker::abort) +
                         data(4, {"z"}, 7);
    const auto log =
        read(records, {{producer_id{7}, log_offset{2}}, {producer_id{7}, log_offset{0}}});
    BOOST_TEST((keys_of(log) == keys{"z"}));
}

BOOST_AUTO_TEST_CASE(plain_records_of_an_aborting_producer_id_count) {
    auto plain = data(0, {"a"}, 7);
    set_attributes(plain, 0);
    const auto log = read(plain, {{producer_id{7}, log_offset{0}}});
    BOOST_TEST((keys_of(log) == keys{"a"}));
}

BOOST_AUTO_TEST_CASE(records_without_a_key_are_no_events) {
    bytes records;
    protocol::batch_builder builder{records};
    const auto body = protocol::encode_record_body(bytes_view{"v"}, {});
    builder.add({.timestamp_ms = 1, .key = std::nullopt, .body = body});
    builder.add({.timestamp_ms = 1, .key = bytes_view{""}, .body = body});
    builder.finish(log_offset{0}, {});
    const auto log = read(records);
    BOOST_TEST((keys_of(log) == keys{""}));
    BOOST_TEST(log.next_offset.value() == 2);
}

BOOST_AUTO_TEST_CASE(a_wrong_crc_stops_the_reading) {
    auto records = data(0, {"a"});
    records.back() = static_cast<char>(records.back() ^ 1);
    const auto log = read_fetched_log(records, {}, 1 << 20);
    BOOST_REQUIRE(!log);
    BOOST_TEST((log.error() == protocol::protocol_errc::bad_crc));
}

BOOST_AUTO_TEST_SUITE_END()
