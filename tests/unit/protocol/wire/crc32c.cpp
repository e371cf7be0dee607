#include "protocol/wire/crc32c.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using bkes::bytes;
using bkes::bytes_view;
using bkes::protocol::crc32c;
using bkes::protocol::crc32c_by_table;

BOOST_AUTO_TEST_SUITE(protocol_wire_crc32c)

BOOST_AUTO_TEST_CASE(gives_the_published_check_values) {
    // RFC 3720 (iSCSI), B.4, and the check value of the CRC catalogue.
    bytes ascending;
    bytes descending;
    for (int octet = 0; octet < 32; ++octet) {
        ascending += static_cast<char>(octet);
        descending += static_cast<char>(31 - octet);
    }
    for (const auto checksum : {crc32c, crc32c_by_table}) {
        BOOST_TEST(checksum("") == 0U);
        BOOST_TEST(checksum("123456789") == 0xe3069283U);
        BOOST_TEST(checksum(bytes(32, '\0')) == 0x8a9136aaU);
        BOOST_TEST(checksum(bytes(32, '\xff')) == 0x62a8ab43U);
        BOOST_TEST(checksum(ascending) == 0x46dd794eU);
        BOOST_TEST(checksum(descending) == 0x113fdb5cU);
    }
}

BOOST_AUTO_TEST_CASE(instruction_and_table_agree_at_every_size_and_alignment) {
    const auto seed = std::random_device{}();
    BOOST_TEST_CONTEXT("seed " << seed) {
        std::mt19937 random{seed};
        bytes data(4096, '\0');
        for (auto& octet : data) {
            octet = static_cast<char>(random());
        }
        for (std::size_t start = 0; start < 9; ++start) {
            for (std::size_t size = 0; size < 300; ++size) {
                const auto part = bytes_view{data}.substr(start, size);
                BOOST_REQUIRE_EQUAL(crc32c(part), crc32c_by_table(part));
            }
        }
        BOOST_TEST(crc32c(data) == crc32c_by_table(data));
    }
}

BOOST_AUTO_TEST_CASE(goes_on_where_an_earlier_part_ended) {
    const std::string data = "a text that is longer than some words of the processor";
    for (std::size_t cut = 0; cut <= data.size(); ++cut) {
        const auto first = crc32c(bkes::bytes_view{data}.substr(0, cut));
        BOOST_TEST(bkes::protocol::crc32c_continued(first, bkes::bytes_view{data}.substr(cut)) ==
                   crc32c(data));
    }
}

BOOST_AUTO_TEST_SUITE_END()
