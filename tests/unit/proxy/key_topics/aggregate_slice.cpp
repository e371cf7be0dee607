#include "proxy/key_topics/aggregate_slice.hpp"

#include "protocol/batch/batch_sequence.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace bkes;
using proxy::aggregate_slice;
using store::timestamp_type;

constexpr std::size_t enough = 1'000'000;

struct sent {
    std::int64_t order;
    std::int64_t timestamp_ms;
    timestamp_type from;

    friend bool operator==(const sent&, const sent&) = default;
};

/// A value of one byte, and no headers.
const bytes body = protocol::encode_record_body(bytes_view{"v"}, {});

store::stored_event event(const sent& what) {
    return {.order = event_order{what.order},
            .offset = log_offset{100 + what.order},
            .timestamp_ms = what.timestamp_ms,
            .timestamp_from = what.from,
            .body = body};
}

std::vector<sent> read(bytes_view records) {
    std::vector<sent> all;
    protocol::batch_sequence batches{records};
    while (const auto batch = batches.next()) {
        BOOST_REQUIRE(protocol::batch_crc_is_right(*batch));
        const auto decoded = protocol::decode_batch(*batch, enough);
        BOOST_REQUIRE(decoded);
        const auto from = decoded->header.has_log_append_time() ? timestamp_type::log_append_time
                                                                : timestamp_type::create_time;
        for (const auto& record : decoded->records) {
            all.push_back(
                {decoded->offset_of(record).value(), decoded->timestamp_ms_of(record), from});
        }
    }
    BOOST_TEST(!batches.failed());
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_aggregate_slice)

BOOST_AUTO_TEST_CASE(takes_its_label_from_the_first_event) {
    aggregate_slice slice;
    BOOST_TEST(slice.add("k", event({7, 1, timestamp_type::create_time}), 0));
    BOOST_TEST((slice.next() == event_order{8}));
    slice.finish();
    const std::vector<sent> expected{{7, 1, timestamp_type::create_time}};
    BOOST_TEST((read(slice.records()) == expected));
    BOOST_TEST(slice.log_offsets() == std::vector<std::int64_t>{107});
}

BOOST_AUTO_TEST_CASE(leaves_out_what_does_not_follow_and_what_does_not_fit) {
    aggregate_slice slice;
    BOOST_TEST(slice.add("k", event({0, 1, timestamp_type::create_time}), enough));
    BOOST_TEST(!slice.add("k", event({2, 1, timestamp_type::create_time}), enough));
    BOOST_TEST(!slice.add("k", event({1, 1, timestamp_type::create_time}), 100));
    BOOST_TEST(slice.add("k", event({1, 1, timestamp_type::create_time}), enough));
    slice.finish();
    BOOST_TEST(read(slice.records()).size() == 2U);
}

BOOST_AUTO_TEST_CASE(keeps_whose_clock_each_time_is_of) {
    const auto mine = timestamp_type::create_time;
    const auto brokers = timestamp_type::log_append_time;
    const std::vector<sent> events{{0, 5, mine},    {1, 3, mine},    {2, 9, brokers},
                                   {3, 9, brokers}, {4, 8, brokers}, {5, 8, mine}};
    aggregate_slice slice;
    for (const auto& one : events) {
        BOOST_TEST(slice.add("k", event(one), enough));
    }
    slice.finish();
    BOOST_TEST((read(slice.records()) == events));
}

BOOST_AUTO_TEST_CASE(is_as_new_when_cleared) {
    aggregate_slice slice;
    BOOST_TEST(slice.add("k", event({3, 1, timestamp_type::create_time}), enough));
    slice.clear();
    slice.finish();
    BOOST_TEST(slice.records().empty());
    BOOST_TEST(!slice.next());
    BOOST_TEST(slice.add("k", event({0, 1, timestamp_type::create_time}), enough));
}

BOOST_AUTO_TEST_SUITE_END()
