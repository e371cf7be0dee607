#include "store/format.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace bkes;
using namespace bkes::store;
using namespace std::string_literals;

namespace {

constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t int64_min = std::numeric_limits<std::int64_t>::min();

bytes event_key(topic_partition where, bytes_view key, std::int64_t order) {
    bytes out;
    append_aggregate_prefix(out, where, key);
    append_order(out, event_order{order});
    return out;
}

stored_head head_of(std::int64_t number) {
    stored_head entry;
    entry.head = {.partition = partition_id{static_cast<std::int32_t>(number % 100)},
                  .start_order = event_order{number},
                  .next_order = event_order{number + 3},
                  .first_offset = log_offset{number * 2},
                  .first_timestamp_ms = -number,
                  .last_offset = log_offset{number * 2 + 70'000},
                  .last_timestamp_ms = number * 1'000};
    return entry;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(store_format)

// These bytes are on the disks of users: a change here is a new format_version.
BOOST_AUTO_TEST_CASE(keys_keep_their_bytes) {
    const topic_partition where{"ab", partition_id{258}};
    bytes position;
    append_position_key(position, where);
    BOOST_TEST((position == "\x02"
                            "ab\0\0\x01\x02"s));
    BOOST_TEST((event_key(where, "k\0"s, 513) ==
                "\x02"
                "ab\0\0\x01\x02\0\0\0\x02k\0\0\0\0\0\0\0\x02\x01"s));
    bytes first;
    append_first_key(first, where, log_offset{513}, "k");
    BOOST_TEST((first == "\x02"
                         "ab\0\0\x01\x02\0\0\0\0\0\0\x02\x01k"s));
    BOOST_TEST(aggregate_part(first) == "k");
    bytes head;
    append_head_key(head, "ab", "\xff");
    BOOST_TEST((head == "\x02"
                        "ab\xff"s));
}

BOOST_AUTO_TEST_CASE(values_keep_their_bytes) {
    char header[event_header_bytes_max];
    auto size = encode_event_header(header, log_offset{150}, -1, timestamp_type::create_time);
    BOOST_TEST((bytes(header, size) == "\xac\x02\x01"s));
    size = encode_event_header(header, log_offset{150}, -1, timestamp_type::log_append_time);
    BOOST_TEST((bytes(header, size) == "\xad\x02\x01"s));

    auto entry = head_of(1);
    bytes value;
    append_heads(value, {entry});
    // partition, start, count, first offset, span, first timestamp, difference, dropped
    BOOST_TEST((value == "\x01\x01\x03\x02\xf0\xa2\x04\x01\xd2\x0f\0"s));

    bytes position;
    append_position(position, {partition_state::truncating,
                               {.topic_id = uuid{{7}}, .next_offset = log_offset{128}}});
    BOOST_TEST((position == "\x01\x07"s + bytes(15, '\0') + "\x80\x01\0"s));
}

BOOST_AUTO_TEST_CASE(events_of_an_aggregate_are_neighbours_in_their_order) {
    const topic_partition where{"t", partition_id{3}};
    BOOST_TEST((event_key(where, "a", 255) < event_key(where, "a", 256)));
    BOOST_TEST((event_key(where, "a", 0) < event_key(where, "a", int64_max)));
    bytes prefix;
    append_aggregate_prefix(prefix, where, "a");
    for (const auto& other : {"a\0"s, "ab"s, ""s, "a\0\0\0\0\0\0\0\0"s}) {
        BOOST_TEST(!event_key(where, other, 0).starts_with(prefix));
    }
    BOOST_TEST(!event_key({"t\0"s, partition_id{3}}, "a", 0).starts_with(prefix));
}

BOOST_AUTO_TEST_CASE(parts_of_an_event_key) {
    auto key = event_key({"topic", partition_id{1}}, "k", 5);
    BOOST_TEST((topic_part(key) == "\x05topic"s));
    BOOST_TEST((partition_part(key) == "\x05topic\0\0\0\x01"s));
    BOOST_TEST(order_of(key).value() == 5);
    replace_order(key, event_order{int64_max});
    BOOST_TEST((key == event_key({"topic", partition_id{1}}, "k", int64_max)));
}

BOOST_AUTO_TEST_CASE(events_come_back) {
    for (const auto timestamp : {std::int64_t{0}, int64_max, int64_min}) {
        for (const auto offset : {std::int64_t{0}, std::int64_t{127}, int64_max}) {
            for (const auto type : {timestamp_type::create_time, timestamp_type::log_append_time}) {
                char header[event_header_bytes_max];
                const auto size = encode_event_header(header, log_offset{offset}, timestamp, type);
                const auto value = bytes(header, size) + "body";
                const auto event = decode_event(event_order{9}, value);
                BOOST_REQUIRE(event);
                BOOST_TEST(event->offset.value() == offset);
                BOOST_TEST(event->timestamp_ms == timestamp);
                BOOST_TEST((event->timestamp_from == type));
                BOOST_TEST(event->body == "body");
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(heads_come_back_and_every_prefix_is_refused) {
    auto extreme = head_of(5);
    extreme.head.first_timestamp_ms = int64_max;
    extreme.head.last_timestamp_ms = int64_min;
    extreme.head.next_order = event_order{int64_max};
    extreme.head.last_offset = log_offset{int64_max};
    auto emptied = head_of(70'000);
    emptied.dropped = {log_offset{4}, -9};
    const head_list heads{head_of(1), extreme, emptied};
    bytes value;
    append_heads(value, heads);
    head_list decoded;
    BOOST_REQUIRE(decode_heads(value, decoded));
    BOOST_TEST((decoded == heads));

    bytes single;
    append_heads(single, {emptied});
    for (std::size_t size = 0; size < single.size(); ++size) {
        BOOST_TEST(!decode_heads(bytes_view{single}.substr(0, size), decoded));
    }
}

BOOST_AUTO_TEST_CASE(positions_come_back_and_every_prefix_is_refused) {
    const stored_position position{partition_state::dropping,
                                   {.topic_id = uuid{{1, 2, 3}},
                                    .next_offset = log_offset{int64_max},
                                    .epoch = leader_epoch{0x7fffffff}}};
    bytes value;
    append_position(value, position);
    BOOST_TEST((decode_position(value) == position));
    BOOST_TEST(!decode_position(value + "x"));
    for (std::size_t size = 0; size < value.size(); ++size) {
        BOOST_TEST(!decode_position(bytes_view{value}.substr(0, size)));
    }
}

BOOST_AUTO_TEST_CASE(position_keys_come_back) {
    bytes key;
    append_position_key(key, {bytes(249, 't'), partition_id{7}});
    const auto decoded = decode_position_key(key);
    BOOST_REQUIRE(decoded);
    BOOST_TEST(decoded->topic == bytes(249, 't'));
    BOOST_TEST(decoded->partition.value() == 7);
    for (std::size_t size = 0; size < key.size(); ++size) {
        BOOST_TEST(!decode_position_key(bytes_view{key}.substr(0, size)));
    }
}

BOOST_AUTO_TEST_CASE(refuses_numbers_that_cannot_be) {
    const auto uvar_max = bytes(9, '\xff') + "\x01";  // 2^64 - 1
    head_list heads;
    // With the type of its time in the lowest bit this is the last offset there can be.
    BOOST_TEST(decode_event(event_order{0}, uvar_max + "\0"s)->offset.value() == int64_max);
    BOOST_TEST(!decode_event(event_order{0}, bytes(11, '\x80')));
    BOOST_TEST(!decode_heads("\x01"s + uvar_max + "\x03\x02\x01\x01\x01\0"s, heads));
    BOOST_TEST(!decode_heads("\x01\x01\x03\x02\x01\x01\x01\x02"s, heads));
    BOOST_TEST(!decode_position("\x03"s + bytes(16, '\0') + "\x01\0"s));
}

BOOST_AUTO_TEST_SUITE_END()
