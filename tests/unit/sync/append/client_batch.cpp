#include "sync/append/client_batch.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

namespace {

using namespace bkes;
using namespace bkes::sync;
using protocol::record_header;

struct sample {
    std::optional<bytes_view> key = "k";
    std::vector<record_header> headers{};
    std::optional<bytes_view> value = "value";
    std::int64_t timestamp_ms = 1'000;
};

bytes encode(const std::vector<sample>& samples, protocol::batch_identity identity = {}) {
    bytes out;
    protocol::batch_builder builder{out};
    for (const auto& one : samples) {
        const auto body = protocol::encode_record_body(one.value, one.headers);
        builder.add({.timestamp_ms = one.timestamp_ms, .key = one.key, .body = body});
    }
    builder.finish(log_offset{0}, identity);
    return out;
}

auto take(bytes records, bool is_order_required = false, std::size_t expanded_max = 1 << 20) {
    static const event_decoder decoder{"order", ""};
    return read_client_batch(
        std::move(records), partition_id{3}, decoder,
        {.expanded_bytes_max = expanded_max, .is_order_required = is_order_required});
}

void refuses(const std::vector<sample>& samples, bytes_view text, std::int32_t index,
             bool is_order_required = false) {
    const auto read = take(encode(samples), is_order_required);
    BOOST_REQUIRE(!read);
    BOOST_TEST((read.error().answer.outcome == append_result::invalid_record));
    BOOST_TEST(read.error().answer.record_index == index);
    BOOST_TEST(read.error().answer.text.find(text) != std::string::npos, read.error().answer.text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_client_batch)

BOOST_AUTO_TEST_CASE(reads_keys_and_conditions_in_order) {
    const auto read = take(encode({{"a", {{"order", "5"}}},
                                   {"", {{"order", "exists"}}},
                                   {"b", {}},
                                   {std::nullopt, {{"order", "any"}}}}));
    BOOST_REQUIRE(read);
    const auto& events = (*read)->events;
    BOOST_REQUIRE(events.size() == 4);
    BOOST_TEST((events[0].key == bytes_view{"a"}));
    BOOST_TEST((events[0].condition == order_condition::exactly(5)));
    BOOST_TEST((events[1].key == bytes_view{""}));
    BOOST_TEST((events[1].condition == order_condition::exists()));
    BOOST_TEST((events[2].condition == order_condition::any()));
    BOOST_TEST(!events[3].key);
    BOOST_TEST((*read)->records == encode({{"a", {{"order", "5"}}},
                                           {"", {{"order", "exists"}}},
                                           {"b", {}},
                                           {std::nullopt, {{"order", "any"}}}}));
}

BOOST_AUTO_TEST_CASE(names_the_bad_record) {
    refuses({{}, {"k", {{"order", "x"}}}}, "must be a decimal number", 1);
    refuses({{"k", {{"order", "1"}, {"order", "2"}}}}, "repeated", 0);
    refuses({{std::nullopt, {{"order", "1"}}}}, "without a key", 0);
    refuses({{std::nullopt, {{"order", "exists"}}}}, "without a key", 0);
    refuses({{"k", {{"order", "any"}}}, {}}, "missing", 1, true);
    refuses({{std::nullopt, {{"order", "any"}}}}, "without a key", 0, true);
}

BOOST_AUTO_TEST_CASE(refusals_keep_the_sequence_for_what_comes_behind) {
    const auto read =
        take(encode({{"k", {{"order", "x"}}}}, {.producer = producer_id{7},
                                                .epoch = producer_epoch{1},
                                                .base_sequence = sequence_number{9}}));
    BOOST_REQUIRE(!read);
    BOOST_REQUIRE(read.error().sequence);
    BOOST_TEST(read.error().sequence->base_sequence.value() == 9);
}

BOOST_AUTO_TEST_CASE(a_batch_that_is_not_idempotent_has_no_sequence) {
    BOOST_TEST(!(*take(encode({{}})))->sequence);
    const auto read = take(encode({{}, {}}, {.producer = producer_id{7},
                                             .epoch = producer_epoch{1},
                                             .base_sequence = sequence_number{9}}));
    BOOST_TEST((*read)->sequence->count == 2);
}

BOOST_AUTO_TEST_CASE(content_is_keys_values_and_headers_but_not_times) {
    const auto content = [](const std::vector<sample>& samples) {
        const auto read = take(encode(samples, {.producer = producer_id{7},
                                                .epoch = producer_epoch{1},
                                                .base_sequence = sequence_number{9}}));
        BOOST_REQUIRE(read);
        return (*read)->sequence->content_crc;
    };
    const std::vector<record_header> headers{{"a", "b"}};
    const auto original = content({{"k", headers, "v"}, {"l", {}, "w"}});
    BOOST_TEST(content({{"k", headers, "v", 5'000}, {"l", {}, "w", 7'000}}) == original);
    const std::vector<std::vector<sample>> others{{{"k", headers, "v"}, {"l", {}, "x"}},
                                                  {{"k", headers, "v"}, {"m", {}, "w"}},
                                                  {{"k", {{"a", "c"}}, "v"}, {"l", {}, "w"}},
                                                  {{"l", {}, "w"}, {"k", headers, "v"}},
                                                  {{"k", headers, "v"}, {"l", {}, ""}},
                                                  {{"kl", headers, "v"}, {"", {}, "w"}},
                                                  {{"k", headers, "v"}}};
    for (const auto& other : others) {
        BOOST_TEST(content(other) != original);
    }
    BOOST_TEST(content({{"", {}, "v"}}) != content({{std::nullopt, {}, "v"}}));
    BOOST_TEST(content({{"k", {}, ""}}) != content({{"k", {}, std::nullopt}}));
}

BOOST_AUTO_TEST_CASE(damage_anywhere_under_the_crc_is_corrupt) {
    const auto good = encode({{}, {}});
    for (std::size_t place = 21; place < good.size(); ++place) {
        auto bad = good;
        bad[place] = static_cast<char>(bad[place] ^ 0x41);
        const auto read = take(bad);
        BOOST_REQUIRE(!read);
        const auto outcome = read.error().answer.outcome;
        BOOST_TEST(
            (outcome == append_result::corrupt_batch || outcome == append_result::transactional ||
             outcome == append_result::invalid_record),
            place);
    }
    for (std::size_t size = 0; size < good.size(); ++size) {
        BOOST_TEST(!take(good.substr(0, size)));
    }
    BOOST_TEST(!take(good + good));
}

BOOST_AUTO_TEST_CASE(tiny_records_take_more_memory_than_bytes) {
    const auto read = take(encode(std::vector<sample>(1'000, sample{.key = "", .value = ""})));
    BOOST_TEST((*read)->memory_bytes() > 10 * (*read)->records.size());
}

BOOST_AUTO_TEST_CASE(big_batches_go_alone) {
    BOOST_TEST(((*take(encode({{}})))->merge == merging::allowed));
    const std::string big(70'000, 'x');
    const auto read = take(encode({{"k", {{"h", big}}}}));
    BOOST_TEST(((*read)->merge == merging::goes_alone));
}

BOOST_AUTO_TEST_SUITE_END()
