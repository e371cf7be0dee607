#include "protocol/api_table.hpp"

#include <boost/test/unit_test.hpp>

namespace bkes::protocol {

BOOST_AUTO_TEST_SUITE(protocol_api_table)

BOOST_AUTO_TEST_CASE(finds_every_row_by_its_key) {
    for (const auto& row : api_table()) {
        BOOST_TEST(find_api(static_cast<std::int16_t>(row.key)) == &row);
        BOOST_TEST(row.versions.min <= row.versions.max);
    }
    BOOST_TEST(api_table().size() == 76U);
}

BOOST_AUTO_TEST_CASE(hides_what_clients_do_not_use) {
    // LeaderAndIsr, Vote, AlterPartition, Envelope, share state; none at all.
    for (const std::int16_t key : {4, 52, 56, 58, 83, 87, 93, 20000, 20005, -1}) {
        BOOST_TEST(find_api(key) == nullptr);
    }
}

BOOST_AUTO_TEST_CASE(cuts_versions_that_bkes_can_not_serve) {
    const auto max = [](api_key key) {
        return find_api(static_cast<std::int16_t>(key))->versions.max;
    };
    BOOST_TEST(max(api_key::produce) == 12);
    BOOST_TEST(max(api_key::offset_commit) == 9);
    BOOST_TEST(max(api_key::offset_fetch) == 9);
    BOOST_TEST(max(api_key::txn_offset_commit) == 5);
    BOOST_TEST(max(api_key::api_versions) == 4);
    BOOST_TEST(max(api_key::init_producer_id) == 5);
    BOOST_TEST(max(api_key::describe_quorum) == 1);
    BOOST_TEST(find_api(0)->versions.min == 0);
}

BOOST_AUTO_TEST_CASE(tells_the_headers) {
    const auto request = [](std::int16_t key, std::int16_t version) {
        return request_header_version(*find_api(key), version);
    };
    const auto response = [](std::int16_t key, std::int16_t version) {
        return response_header_version(*find_api(key), version);
    };
    BOOST_TEST(request(0, 8) == 1);
    BOOST_TEST(request(0, 9) == 2);
    BOOST_TEST(response(0, 8) == 0);
    BOOST_TEST(response(0, 9) == 1);
    BOOST_TEST(request(18, 2) == 1);
    BOOST_TEST(request(18, 3) == 2);
    BOOST_TEST(response(18, 4) == 0);
    BOOST_TEST(request(17, 1) == 1);  // SaslHandshake, OffsetDelete: never flexible
    BOOST_TEST(response(47, 0) == 0);
    BOOST_TEST(request(20001, 0) == 2);
    BOOST_TEST(response(20002, 0) == 1);
    BOOST_TEST(request(20003, 0) == 2);
    BOOST_TEST(response(20003, 0) == 1);
    BOOST_TEST(request(20004, 0) == 2);
    BOOST_TEST(response(20004, 0) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::protocol
