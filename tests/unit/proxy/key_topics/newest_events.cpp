#include "proxy/key_topics/newest_events.hpp"

#include "protocol/batch/batch_sequence.hpp"
#include "proxy/key_topics/aggregate_slice.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using namespace bkes;
using proxy::aggregate_slice;
using proxy::newest_events;
using store::timestamp_type;

struct told {
    std::int64_t order;
    std::int64_t timestamp_ms;
    std::string value;

    friend bool operator==(const told&, const told&) = default;
};

told sample(std::int64_t order) {
    return {.order = order, .timestamp_ms = 1000 + order, .value = "v" + std::to_string(order)};
}

/// The visitor's events end with it, so views into them must not be kept.
bool add(newest_events& newest, const told& what, std::size_t bytes_max = aggregate_slice::no_limit,
         timestamp_type from = timestamp_type::create_time) {
    auto body = protocol::encode_record_body(bytes_view{what.value}, {});
    const bool is_added = newest.add("k",
                                     {.order = event_order{what.order},
                                      .offset = log_offset{100 + what.order},
                                      .timestamp_ms = what.timestamp_ms,
                                      .timestamp_from = from,
                                      .body = body},
                                     bytes_max);
    std::ranges::fill(body, '\xee');
    return is_added;
}

std::vector<told> read(bytes_view records) {
    std::vector<told> all;
    protocol::batch_sequence batches{records};
    while (const auto batch = batches.next()) {
        BOOST_REQUIRE(protocol::batch_crc_is_right(*batch));
        const auto decoded = protocol::decode_batch(*batch, 1'000'000);
        BOOST_REQUIRE(decoded);
        for (const auto& record : decoded->records) {
            all.push_back({decoded->offset_of(record).value(), decoded->timestamp_ms_of(record),
                           std::string{*record.value}});
        }
    }
    BOOST_TEST(!batches.failed());
    return all;
}

void move_all(newest_events& newest, aggregate_slice& slice) {
    while (newest.count() > 0) {
        newest.move_lowest("k", slice);
    }
    slice.finish();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_newest_events)

BOOST_AUTO_TEST_CASE(what_came_from_the_newest_down_is_told_upwards) {
    newest_events newest;
    for (const std::int64_t order : {7, 6, 5}) {
        BOOST_TEST(add(newest, sample(order)));
        BOOST_TEST(newest.lowest()->value() == order);
    }
    aggregate_slice slice;
    move_all(newest, slice);
    BOOST_TEST((read(slice.records()) == std::vector{sample(5), sample(6), sample(7)}));
    BOOST_TEST(slice.log_offsets() == (std::vector<std::int64_t>{105, 106, 107}),
               boost::test_tools::per_element());
    BOOST_TEST(!newest.lowest());
}

BOOST_AUTO_TEST_CASE(leaves_out_what_does_not_fit_but_not_the_first) {
    store::stored_event like{};
    like.body = "12345";
    const auto one_event = aggregate_slice::size_max("k", like, false);
    newest_events newest;
    BOOST_TEST(add(newest, sample(7), 1));
    BOOST_TEST(!add(newest, sample(6), 1));
    BOOST_TEST(add(newest, sample(6), 3 * one_event));
    BOOST_TEST(newest.count() == 2U);
    aggregate_slice slice;
    move_all(newest, slice);
    BOOST_TEST(slice.records().size() <= 3 * one_event);
}

BOOST_AUTO_TEST_CASE(what_fits_is_never_longer_than_the_limit) {
    for (const auto from : {timestamp_type::create_time, timestamp_type::log_append_time}) {
        for (std::size_t limit = 200; limit < 2000; limit += 7) {
            newest_events newest;
            for (std::int64_t order = 500; add(newest, sample(order), limit, from); --order) {
            }
            aggregate_slice slice;
            move_all(newest, slice);
            BOOST_TEST(slice.records().size() <= limit);
            BOOST_TEST(slice.log_offsets().size() > 1U);
        }
    }
}

BOOST_AUTO_TEST_CASE(takes_no_event_but_the_one_before) {
    newest_events newest;
    BOOST_TEST(add(newest, sample(7)));
    for (const std::int64_t order : {8, 7, 5}) {
        BOOST_TEST(!add(newest, sample(order)));
    }
    BOOST_TEST(add(newest, sample(6)));
}

BOOST_AUTO_TEST_SUITE_END()
