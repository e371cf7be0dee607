#include "protocol/frame.hpp"

#include "tests/support/hex.hpp"

#include <boost/test/unit_test.hpp>

namespace bkes::protocol {

namespace {

constexpr std::size_t limit = 104'857'600;

frame_size judged(std::string_view hex, std::size_t frame_bytes_max = limit) {
    return read_frame_size(tests::from_hex(hex), frame_bytes_max);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(protocol_frame)

BOOST_AUTO_TEST_CASE(takes_sizes_up_to_the_limit) {
    BOOST_TEST((judged("00000000").fault == frame_fault::none));
    BOOST_TEST(judged("00000102").bytes == 258U);
    BOOST_TEST(judged("06400000").bytes == limit);
    BOOST_TEST((judged("06400000").fault == frame_fault::none));
    BOOST_TEST((judged("06400001").fault == frame_fault::too_large));
    BOOST_TEST(judged("06400001").bytes == 0U);
    BOOST_TEST((judged("00000101", 256).fault == frame_fault::too_large));
}

BOOST_AUTO_TEST_CASE(refuses_negative_sizes) {
    BOOST_TEST((judged("ffffffff").fault == frame_fault::negative_size));
    BOOST_TEST((judged("80000000").fault == frame_fault::negative_size));
}

BOOST_AUTO_TEST_CASE(knows_a_tls_hello) {
    BOOST_TEST((judged("16030100").fault == frame_fault::tls_hello));
    BOOST_TEST((judged("16030302").fault == frame_fault::tls_hello));
    BOOST_TEST((judged("16030500").fault == frame_fault::too_large));
    BOOST_TEST((judged("47455420").fault == frame_fault::too_large));  // "GET "
}

BOOST_AUTO_TEST_CASE(writes_what_it_reads) {
    for (const std::size_t size : {0U, 1U, 258U, 104'857'600U}) {
        const auto prefix = frame_prefix(size);
        BOOST_TEST(read_frame_size({prefix.data(), prefix.size()}, limit).bytes == size);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::protocol
