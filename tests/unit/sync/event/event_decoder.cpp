#include "sync/event/event_decoder.hpp"

#include "protocol/batch/record_batch.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

namespace {

using namespace bkes;
using namespace bkes::sync;
using protocol::record_header;

/// A tombstone's body is its value length and then the headers.
bytes encoded_headers(const std::vector<record_header>& headers) {
    return protocol::encode_record_body(std::nullopt, headers).substr(1);
}

event_headers read(const std::vector<record_header>& headers) {
    static const event_decoder decoder{"order", "ce_id"};
    static bytes encoded;
    encoded = encoded_headers(headers);
    return decoder.read(encoded);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_event_decoder)

BOOST_AUTO_TEST_CASE(parses_decimal_orders_only) {
    BOOST_TEST(parse_order("0")->value() == 0);
    BOOST_TEST(parse_order("7")->value() == 7);
    BOOST_TEST(parse_order("9223372036854775807")->value() == INT64_MAX);
    for (const auto* text : {"", "00", "01", "-1", "+1", " 1", "1 ", "1a", "0x1", "1.0", "1e3",
                             "9223372036854775808", "99999999999999999999999"}) {
        BOOST_TEST(!parse_order(text), text);
    }
    BOOST_TEST(!parse_order(bytes_view{"1\0", 2}));
}

BOOST_AUTO_TEST_CASE(reads_the_three_forms) {
    BOOST_TEST((read({{"order", "12"}}).condition == order_condition::exactly(12)));
    BOOST_TEST((read({{"order", "any"}}).condition == order_condition::any()));
    BOOST_TEST((read({{"order", "exists"}}).condition == order_condition::exists()));
    BOOST_TEST((read({{"order", "exists"}}).state == order_header_state::readable));
}

BOOST_AUTO_TEST_CASE(absent_header_asks_for_nothing) {
    const auto found = read({{"Order", "1"}, {"orders", "2"}, {"", "3"}});
    BOOST_TEST((found.state == order_header_state::absent));
    BOOST_TEST((found.condition == order_condition::any()));
}

BOOST_AUTO_TEST_CASE(other_text_and_null_are_unreadable) {
    for (const auto* text : {"", "Any", "EXISTS", "-1", "five"}) {
        BOOST_TEST((read({{"order", text}}).state == order_header_state::unreadable), text);
    }
    BOOST_TEST((read({{"order", std::nullopt}}).state == order_header_state::unreadable));
}

BOOST_AUTO_TEST_CASE(a_second_order_header_makes_it_repeated_even_if_equal) {
    const auto found = read({{"order", "1"}, {"x", "y"}, {"order", "1"}});
    BOOST_TEST((found.state == order_header_state::repeated));
    BOOST_TEST((found.condition == order_condition::any()));
}

BOOST_AUTO_TEST_CASE(takes_the_first_event_id) {
    BOOST_TEST((read({{"ce_id", "a"}, {"ce_id", "b"}}).event_id == bytes_view{"a"}));
    BOOST_TEST(!read({{"ce_id", std::nullopt}}).event_id);
    const event_decoder without_ids{"order", ""};
    BOOST_TEST(!without_ids.read(encoded_headers({{"", "a"}})).event_id);
}

BOOST_AUTO_TEST_CASE(only_a_single_number_counts_for_the_log) {
    const event_decoder decoder{"order", ""};
    BOOST_TEST(decoder.declared_order(encoded_headers({{"order", "5"}}))->value() == 5);
    BOOST_TEST(!decoder.declared_order(encoded_headers({{"order", "any"}})));
    BOOST_TEST(!decoder.declared_order(encoded_headers({{"order", "5"}, {"order", "5"}})));
    BOOST_TEST(!decoder.declared_order(encoded_headers({})));
}

BOOST_AUTO_TEST_SUITE_END()
