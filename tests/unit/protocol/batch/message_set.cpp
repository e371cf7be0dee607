// Damage; what good message sets hold is compared in golden_batches.cpp.

#include "protocol/batch/message_set.hpp"

#include "protocol/errors.hpp"
#include "protocol/wire/writer.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace bkes;
using namespace bkes::protocol;

namespace {

constexpr std::size_t plenty = 16U << 20U;

bytes message(std::int64_t offset, std::int8_t magic, std::int8_t attributes, bytes_view value) {
    bytes out;
    writer to{out};
    to.i64(offset);
    to.i32(0);
    to.u32(0);
    to.i8(magic);
    to.i8(attributes);
    if (magic > 0) {
        to.i64(1000);
    }
    to.nullable_bytes(std::nullopt);
    to.nullable_bytes(value);
    to.patch_i32(8, static_cast<std::int32_t>(out.size() - 12));
    return out;
}

bytes wrapped(std::int64_t offset, std::int8_t magic, const bytes& inner) {
    return message(offset, magic, 1, compress(compression_codec::gzip, inner));
}

std::error_code error_of(const bytes& entry) {
    const auto decoded = decode_message(entry, plenty);
    return decoded ? std::error_code{} : decoded.error();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(protocol_message_set)

BOOST_AUTO_TEST_CASE(inner_offsets_end_at_the_outer_one) {
    const auto entry = wrapped(100, 1, message(0, 1, 0, "a") + message(3, 1, 0, "b"));
    const auto decoded = decode_message(entry, plenty).value();
    BOOST_TEST(decoded.offset_of(decoded.records[0]).value() == 97);
    BOOST_TEST(decoded.offset_of(decoded.records[1]).value() == 100);
    BOOST_TEST((decoded.records[1].value == "b"));
}

BOOST_AUTO_TEST_CASE(log_append_time_of_the_outer_message_holds_for_all) {
    const auto inner = compress(compression_codec::gzip, message(0, 1, 0, "a"));
    auto entry = message(5, 1, 0x09, inner);
    entry[25] = 1;  // the lowest byte of the outer timestamp, 1000 = 0x3e8 before
    const auto decoded = decode_message(entry, plenty).value();
    BOOST_TEST(decoded.timestamp_ms_of(decoded.records[0]) == 0x301);
}

BOOST_AUTO_TEST_CASE(refuses_offsets_that_make_no_sense) {
    constexpr auto huge = std::numeric_limits<std::int64_t>::max();
    const auto malformed = make_error_code(protocol_errc::malformed);
    BOOST_TEST(error_of(message(-1, 1, 0, "a")) == malformed);
    BOOST_TEST(error_of(wrapped(0, 1, message(0, 1, 0, "a") + message(3, 1, 0, "b"))) == malformed);
    BOOST_TEST(error_of(wrapped(huge, 1, message(huge, 1, 0, "a") + message(0, 1, 0, "b"))) ==
               malformed);
    BOOST_TEST(error_of(wrapped(0, 0, message(huge, 0, 0, "a") + message(0, 0, 0, "b"))) ==
               malformed);
    BOOST_TEST(error_of(wrapped(0, 0, message(0, 0, 0, "a") + message(huge, 0, 0, "b"))) ==
               malformed);
}

BOOST_AUTO_TEST_CASE(refuses_nested_compression_mixed_magic_and_left_over_bytes) {
    const auto malformed = make_error_code(protocol_errc::malformed);
    BOOST_TEST(!error_of(wrapped(0, 1, message(0, 1, 0, "a"))));
    BOOST_TEST(error_of(wrapped(0, 1, wrapped(0, 1, message(0, 1, 0, "a")))) == malformed);
    BOOST_TEST(error_of(wrapped(0, 1, message(0, 0, 0, "a"))) == malformed);
    BOOST_TEST(error_of(wrapped(0, 1, message(0, 1, 0, "a") + "x")) == malformed);
    BOOST_TEST(error_of(wrapped(0, 1, "")) == malformed);
    BOOST_TEST(error_of(message(0, 1, 0, "a") + "x") == malformed);
    BOOST_TEST(error_of(message(0, 2, 0, "a")) ==
               make_error_code(protocol_errc::unsupported_magic));
}

BOOST_AUTO_TEST_CASE(a_bomb_is_stopped_at_the_limit) {
    const auto bomb = wrapped(0, 1, message(0, 1, 0, bytes(plenty, 'x')));
    BOOST_TEST(error_of(bomb) == make_error_code(protocol_errc::expands_too_far));
}

BOOST_AUTO_TEST_SUITE_END()
