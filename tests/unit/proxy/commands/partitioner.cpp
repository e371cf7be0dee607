#include "proxy/commands/partitioner.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(proxy_commands_partitioner)

using namespace bkes::proxy;

BOOST_AUTO_TEST_CASE(hashes_as_kafka_does) {
    // Kafka: clients/src/test/java/org/apache/kafka/common/utils/UtilsTest.java
    BOOST_TEST(murmur2("21") == -973932308);
    BOOST_TEST(murmur2("foobar") == -790332482);
    BOOST_TEST(murmur2("a-little-bit-long-string") == -985981536);
    BOOST_TEST(murmur2("a-little-bit-longer-string") == -1486304829);
    BOOST_TEST(murmur2("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8") == -58897971);
    BOOST_TEST(murmur2("abc") == 479470107);
}

BOOST_AUTO_TEST_CASE(partition_is_the_positive_hash_by_the_count) {
    BOOST_TEST(partition_for_key("abc", 5).value() == 479470107 % 5);
    BOOST_TEST(partition_for_key("foobar", 7).value() == (-790332482 & 0x7fffffff) % 7);
    BOOST_TEST(partition_for_key("", 1).value() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
