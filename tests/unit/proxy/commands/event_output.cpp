#include "proxy/commands/event_output.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(proxy_commands_event_output)

using namespace bkes;
using namespace bkes::proxy;
using namespace std::string_view_literals;

namespace {

/// One record as it comes out of a batch.
class sample_record {
  public:
    sample_record(std::optional<bytes_view> value,
                  const std::vector<protocol::record_header>& headers) {
        const auto body = protocol::encode_record_body(value, headers);
        protocol::batch_builder builder{batch_};
        builder.add({.timestamp_ms = 1'795'472'101'123, .key = "k", .body = body});
        builder.finish(log_offset{7}, {});
        decoded_ = *protocol::decode_batch(batch_, 1 << 20);
    }

    [[nodiscard]] printed_event event() const {
        return {.topic = "bkes",
                .key = "k",
                .partition = 2,
                .order = 7,
                .offset = 99,
                .timestamp_ms = decoded_.timestamp_ms_of(decoded_.records[0]),
                .record = &decoded_.records[0]};
    }

  private:
    bytes batch_;
    protocol::decoded_batch decoded_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(formats_times) {
    BOOST_TEST(format_time(0) == "1970-01-01T00:00:00.000Z");
    BOOST_TEST(format_time(1'795'472'101'123) == "2026-11-23T22:15:01.123Z");
    BOOST_TEST(format_time(253'402'300'799'999) == "9999-12-31T23:59:59.999Z");
    BOOST_TEST(format_time(253'402'300'800'000) == "253402300800000");
    BOOST_TEST(format_time(-1) == "-1");
}

BOOST_AUTO_TEST_CASE(prints_an_event_on_one_line) {
    const sample_record record{"{\"a\": 1}", {{"order", "7"}, {"x y", std::nullopt}}};
    BOOST_TEST(
        event_as_text(record.event()) ==
        "order 7  offset 99  2026-11-23T22:15:01.123Z  [order=7 \"x y\"=null]  {\"a\": 1}\n");
    BOOST_TEST(event_as_json(record.event()) ==
               R"({"topic":"bkes","key":"k","partition":2,"order":7,"offset":99,)"
               R"("timestamp":1795472101123,"headers":[{"key":"order","value":"7"},)"
               R"({"key":"x y","value":null}],"value":"{\"a\": 1}"})"
               "\n");
}

BOOST_AUTO_TEST_CASE(prints_bytes_that_are_no_text) {
    const auto text_of = [](std::optional<bytes_view> value) {
        const auto line = event_as_text(sample_record{value, {}}.event());
        return line.substr(line.find("[]") + 4);
    };
    BOOST_TEST(text_of("\xff\x00"sv) == "hex:ff00\n");
    BOOST_TEST(text_of("a\nb") == "\"a\\nb\"\n");
    BOOST_TEST(text_of("") == "\"\"\n");
    BOOST_TEST(text_of(std::nullopt) == "null\n");
    BOOST_TEST(text_of("\xc3\xa4") == "\xc3\xa4\n");

    const auto json = event_as_json(sample_record{"\xff\x00"sv, {{"h", "\xfe"}}}.event());
    BOOST_TEST(json.contains(R"("value_hex":"ff00")"));
    BOOST_TEST(json.contains(R"({"key":"h","value_hex":"fe"})"));
    BOOST_TEST(event_as_json(sample_record{std::nullopt, {}}.event()).contains(R"("value":null)"));
}

BOOST_AUTO_TEST_CASE(prints_an_aggregate) {
    const protocol::list_keys_response::aggregate aggregate{.key = "order 42",
                                                            .partition = 3,
                                                            .start_order = 2,
                                                            .next_order = 5,
                                                            .last_log_offset = 77,
                                                            .last_timestamp = 0};
    BOOST_TEST(aggregate_as_text(aggregate) ==
               "\"order 42\"  partition 3  orders 2 to 4  last offset 77  "
               "1970-01-01T00:00:00.000Z\n");
    BOOST_TEST(aggregate_as_json("bkes", aggregate) ==
               R"({"topic":"bkes","key":"order 42","partition":3,"start_order":2,"next_order":5,)"
               R"("last_offset":77,"last_timestamp":0})"
               "\n");
}

BOOST_AUTO_TEST_CASE(prints_where_an_append_went) {
    const printed_append append{
        .topic = "bkes", .key = "k", .partition = 1, .offset = 9, .order = 4};
    BOOST_TEST(append_as_text(append) == "appended order 4  partition 1  offset 9\n");
    BOOST_TEST(append_as_json(append) ==
               R"({"topic":"bkes","key":"k","partition":1,"offset":9,"order":4})"
               "\n");
}

BOOST_AUTO_TEST_SUITE_END()
