#include "protocol/batch/produce_check.hpp"

#include "protocol/batch/batch_layout.hpp"
#include "tests/unit/protocol/batch/batch_support.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace bkes;
using namespace bkes::protocol;
using namespace bkes::protocol::testing;

namespace {

constexpr std::size_t plenty = 16U << 20U;

bytes good_batch() {
    std::mt19937_64 random{1};
    return batch_of(random_events(random, 3), log_offset{0});
}

std::optional<produce_fault> fault_of(const bytes& records, std::size_t max = plenty) {
    const auto checked = check_produce_batch(records, max);
    return checked ? std::nullopt : std::optional{checked.error()};
}

/// The good batch with another value in its header, and the CRC that fits.
template <class T>
std::optional<produce_fault> fault_with(std::size_t position, T value) {
    auto batch = good_batch();
    overwrite(batch, position, value);
    return fault_of(with_length_and_crc(std::move(batch)));
}

constexpr std::size_t last_offset_delta_at = 23;
constexpr std::size_t record_count_at = 57;

}  // namespace

BOOST_AUTO_TEST_SUITE(protocol_produce_check)

BOOST_AUTO_TEST_CASE(passes_a_good_batch_decoded) {
    const auto batch = good_batch();
    const auto checked = check_produce_batch(batch, plenty);
    BOOST_REQUIRE(checked.has_value());
    BOOST_TEST(checked->records.size() == 3U);
    for (int codec = 1; codec <= 4; ++codec) {
        BOOST_TEST(!fault_of(compressed(batch, static_cast<compression_codec>(codec))));
    }
}

BOOST_AUTO_TEST_CASE(names_what_is_wrong_around_the_batch) {
    const auto batch = good_batch();
    BOOST_TEST((fault_of("") == produce_fault::no_batch));
    BOOST_TEST((fault_of(batch + batch) == produce_fault::several_batches));
    BOOST_TEST((fault_of(batch + "x") == produce_fault::several_batches));
    BOOST_TEST((fault_of(batch.substr(0, batch.size() - 1)) == produce_fault::malformed));
    auto flipped = batch;
    flipped.back() = static_cast<char>(flipped.back() ^ 1);
    BOOST_TEST((fault_of(flipped) == produce_fault::bad_crc));
    BOOST_TEST((fault_with(batch_at::magic, std::int8_t{1}) == produce_fault::old_format));
    BOOST_TEST((fault_with(batch_at::magic, std::int8_t{3}) == produce_fault::old_format));
}

BOOST_AUTO_TEST_CASE(names_what_is_wrong_in_the_header) {
    BOOST_TEST((fault_with(batch_at::base_offset, std::int64_t{1}) == produce_fault::base_offset));
    BOOST_TEST((fault_with(record_count_at, std::int32_t{0}) == produce_fault::record_count));
    BOOST_TEST((fault_with(record_count_at, std::int32_t{4}) == produce_fault::record_count));
    BOOST_TEST((fault_with(last_offset_delta_at, std::int32_t{5}) == produce_fault::record_count));
    BOOST_TEST(
        (fault_with(batch_at::attributes, std::int16_t{0x20}) == produce_fault::control_batch));
    BOOST_TEST(
        (fault_with(batch_at::attributes, std::int16_t{0x08}) == produce_fault::log_append_time));
    BOOST_TEST((fault_with(batch_at::producer, std::int64_t{5}) == produce_fault::base_sequence));
    BOOST_TEST(!fault_with(batch_at::attributes, std::int16_t{0x10}));  // left to the caller
}

BOOST_AUTO_TEST_CASE(names_what_is_wrong_in_the_records) {
    BOOST_TEST(
        (fault_with(batch_at::attributes, std::int16_t{5}) == produce_fault::bad_compression));
    BOOST_TEST(
        (fault_with(batch_at::attributes, std::int16_t{1}) == produce_fault::bad_compression));
    BOOST_TEST((fault_of(good_batch(), 10) == produce_fault::expands_too_far));
    auto batch = good_batch();
    BOOST_TEST((fault_of(with_length_and_crc(batch + "x")) == produce_fault::malformed));
    // Deltas 0, 2 in a batch of two: the header alone looks right.
    using namespace std::string_view_literals;
    const bytes records{"\x0e\0\0\0\x01\x01\0\0\x0e\0\0\x04\x01\x01\0\0"sv};
    BOOST_TEST((fault_of(raw_batch(records, 2, 1)) == produce_fault::malformed));
}

BOOST_AUTO_TEST_CASE(explains_each_fault_in_other_words) {
    std::set<std::string_view> texts;
    constexpr auto last = static_cast<int>(produce_fault::expands_too_far);
    for (int fault = 0; fault <= last; ++fault) {
        texts.insert(explain(static_cast<produce_fault>(fault)));
    }
    BOOST_TEST(texts.size() == last + 1U);
    BOOST_TEST(!texts.contains("unknown fault"));
}

BOOST_AUTO_TEST_SUITE_END()
