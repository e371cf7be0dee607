#include "protocol/batch/control_record.hpp"

#include <boost/test/unit_test.hpp>

using namespace bkes;
using namespace bkes::protocol;
using namespace std::string_view_literals;

namespace {

result<control_record> with_key(std::optional<bytes_view> key) {
    record_view record;
    record.key = key;
    return decode_control_record(record);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(protocol_control_record)

BOOST_AUTO_TEST_CASE(reads_version_and_type) {
    BOOST_TEST((with_key("\0\0\0\0"sv)->type == control_type::abort));
    BOOST_TEST((with_key("\0\0\0\x01"sv)->type == control_type::commit));
    BOOST_TEST(with_key("\0\0\0\x01"sv)->ends_transaction());
    BOOST_TEST(!with_key("\0\0\0\x02"sv)->ends_transaction());
    BOOST_TEST(with_key("\0\x01\0\x01later"sv)->version == 1);
    BOOST_TEST(!with_key("\0\0\x01\0"sv)->ends_transaction());
}

BOOST_AUTO_TEST_CASE(refuses_keys_too_short_or_missing) {
    BOOST_TEST(!with_key(std::nullopt));
    BOOST_TEST(!with_key("\0\0\0"sv));
    BOOST_TEST(!with_key("\xff\xff\0\x01"sv));
}

BOOST_AUTO_TEST_SUITE_END()
