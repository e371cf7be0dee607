#include "proxy/key_topics/key_topic.hpp"

#include "proxy/key_topics/key_topic_ids.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <set>

namespace {

using namespace bkes;
using namespace bkes::proxy;

const key_topic_names names{{"bkes", "orders.v2"}};

BOOST_AUTO_TEST_SUITE(proxy_key_topic)

BOOST_AUTO_TEST_CASE(names_keys_as_the_contract_does) {
    BOOST_TEST(key_topic_name("bkes", "order-42").value() == "bkes.key.order-42");
    BOOST_TEST(key_topic_name("bkes", "a.b/c").value() == "bkes.key.a.2Eb.2Fc");
    BOOST_TEST(key_topic_name("bkes", "").value() == "bkes.key.");
    BOOST_TEST(key_topic_name("bkes", bytes_view{"\0\xff", 2}).value() == "bkes.key..00.FF");
}

BOOST_AUTO_TEST_CASE(refuses_names_longer_than_kafka_allows) {
    const auto room = topic_name_bytes_max - std::string{"bkes.key."}.size();
    BOOST_TEST(key_topic_name("bkes", bytes(room, 'x')).has_value());
    BOOST_TEST(!key_topic_name("bkes", bytes(room + 1, 'x')).has_value());
    BOOST_TEST((names.kind_of("bkes.key." + bytes(room + 1, 'x')) == topic_kind::malformed));
}

BOOST_AUTO_TEST_CASE(parses_what_it_names_for_any_key) {
    std::mt19937 random{7};
    for (int round = 0; round < 5'000; ++round) {
        bytes key(random() % 60, '\0');
        for (auto& octet : key) {
            octet = static_cast<char>(random());
        }
        const auto name = key_topic_name("orders.v2", key);
        BOOST_REQUIRE(name.has_value());
        const auto parsed = names.parse(*name);
        BOOST_REQUIRE(parsed.has_value());
        BOOST_REQUIRE((*parsed == key_topic{"orders.v2", key}));
    }
}

BOOST_AUTO_TEST_CASE(tells_malformed_names_from_real_topics) {
    for (const auto* name : {"bkes", "bkes.keys", "other.key.a", "orders.v2", "BKES.key.a"}) {
        BOOST_TEST((names.kind_of(name) == topic_kind::real), name);
    }
    for (const auto* name : {"bkes.key..2e", "bkes.key..41", "bkes.key.a.", "bkes.key.a.2",
                             "bkes.key.a b", "bkes.key..GG", "bkes.key.a/b"}) {
        BOOST_TEST((names.kind_of(name) == topic_kind::malformed), name);
    }
}

BOOST_AUTO_TEST_CASE(ids_are_stable_and_never_of_kafkas_kind) {
    const auto id = key_topic_id("bkes.key.order-42");
    BOOST_TEST((id == key_topic_id("bkes.key.order-42")));
    BOOST_TEST(is_key_topic_id(id));
    uuid of_kafka = id;
    of_kafka.octets[6] = static_cast<std::uint8_t>((of_kafka.octets[6] & 0x0fU) | 0x40U);
    BOOST_TEST(!is_key_topic_id(of_kafka));
    BOOST_TEST(!is_key_topic_id(uuid{}));
    std::set<uuid> distinct;
    for (int number = 0; number < 1'000; ++number) {
        distinct.insert(key_topic_id("bkes.key." + std::to_string(number)));
    }
    BOOST_TEST(distinct.size() == 1'000U);
}

BOOST_AUTO_TEST_CASE(remembers_only_the_ids_used_last) {
    key_topic_ids ids{2};
    const auto first = ids.hand_out("bkes.key.1");
    const auto second = ids.hand_out("bkes.key.2");
    BOOST_TEST((ids.hand_out("bkes.key.1") == first));
    const auto third = ids.hand_out("bkes.key.3");
    BOOST_TEST(!ids.name_of(second).has_value());
    BOOST_TEST(ids.name_of(first).value() == "bkes.key.1");
    BOOST_TEST(ids.name_of(third).value() == "bkes.key.3");
}

BOOST_AUTO_TEST_CASE(ids_that_are_only_handed_out_push_out_none_that_is_used) {
    key_topic_ids ids{2};
    const auto used = ids.hand_out("bkes.key.used");
    BOOST_TEST(ids.name_of(used).has_value());
    for (int number = 0; number < 100; ++number) {
        ids.hand_out("bkes.key." + std::to_string(number));
    }
    BOOST_TEST(ids.name_of(used).value() == "bkes.key.used");
    // Of those that are used the latest are kept, too.
    for (int number = 0; number < 2; ++number) {
        BOOST_TEST(ids.name_of(ids.hand_out("bkes.key." + std::to_string(number))).has_value());
    }
    BOOST_TEST(!ids.name_of(used).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
