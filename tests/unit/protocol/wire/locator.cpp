#include "protocol/wire/number_of.hpp"
#include "tests/unit/protocol/wire/sample_message.hpp"

#include <boost/test/unit_test.hpp>

namespace bkes::protocol {

BOOST_AUTO_TEST_SUITE(protocol_wire_locator)

BOOST_AUTO_TEST_CASE(locates_what_it_would_decode) {
    auto message = filled();
    message.strict = -1;
    message.numbers = {9, 8};
    message.maybe = sample_item{.name = "m"};
    message.tagged_texts = {"t1", "t2"};
    bytes body;
    BOOST_REQUIRE(encode(message, 3, body));
    std::string seen;
    const auto done = locate<sample>(body, 3, [&](const located_field& field) {
        seen += field.path.text() + "=" + tests::to_hex(field.value) + "/" +
                std::to_string(field.count) + " ";
        return walk::go_on;
    });
    BOOST_TEST(done.has_value());
    BOOST_TEST(seen ==
               "number=0102/0 text=6162/0 lax=00000002/0 items=/1 items.name=78/0 "
               "items.count=00000007/0 numbers=0000000900000008/2 maybe.name=6d/0 "
               "maybe.count=00000007/0 blob=42/0 tagged_texts=/2 tagged_texts[]=7431/0 "
               "tagged_texts[]=7432/0 ");
    const auto tags = locate_tagged_fields<sample>(body, 3);
    BOOST_TEST(tests::to_hex(bytes_view{body}.substr(*tags)) ==
               "01"
               "0207"
               "03"
               "037431"
               "037432");
}

BOOST_AUTO_TEST_CASE(says_where_a_topic_is_named) {
    auto message = filled();
    message.strict = -1;
    message.maybe = sample_item{.name = "m"};
    message.tagged_texts = {"t1", "t2"};
    message.tagged_item.name = "i";
    for (std::int16_t version = 0; version <= 3; ++version) {
        auto of_version = version == 3 ? message : sample{};
        of_version.items = version == 0 ? sample{}.items : message.items;
        bytes body;
        BOOST_REQUIRE(encode(of_version, version, body));
        std::string names;
        const auto done = locate<sample>(body, version, [&](const located_field& field) {
            BOOST_TEST((field.topic != topic_reference::id));
            if (field.topic == topic_reference::name) {
                names += field.path.text() + " ";
            }
            return walk::go_on;
        });
        BOOST_TEST(done.has_value());
        BOOST_TEST(names == (version == 0   ? ""
                             : version == 3 ? "items.name maybe.name tagged_texts[] "
                                              "tagged_texts[] tagged_item.name "
                                            : "items.name "));
    }
}

BOOST_AUTO_TEST_CASE(locates_no_further_than_told) {
    // What follows the first field is broken, and isn't looked at.
    const auto body = tests::from_hex(
        "0007"
        "0001");
    std::int16_t number = 0;
    const auto done = locate<sample>(body, 1, [&](const located_field& field) {
        number = number_of<std::int16_t>(field.value);
        return walk::stop;
    });
    BOOST_TEST(done.has_value());
    BOOST_TEST(number == 7);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::protocol
