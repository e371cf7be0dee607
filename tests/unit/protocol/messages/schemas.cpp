// The field lists as text against the committed text: a change to a message shows in review as a
// change to tests/golden/schema. To write it anew: print_schemas tests/golden/schema.

#include "protocol/api_table.hpp"
#include "tests/support/message_table.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

namespace bkes::tests {

BOOST_AUTO_TEST_SUITE(protocol_messages_schemas)

BOOST_AUTO_TEST_CASE(are_those_committed) {
    for (const auto& message : all_messages()) {
        std::ifstream file{BKES_TESTS_DIR "/golden/schema/" + std::string{message.schema.name} +
                           ".txt"};
        const std::string committed{std::istreambuf_iterator<char>{file}, {}};
        BOOST_TEST(message.schema_text() == committed, message.schema.name << " has changed");
    }
}

BOOST_AUTO_TEST_CASE(cover_every_version_that_the_table_offers) {
    for (const auto& message : all_messages()) {
        const auto* const api = protocol::find_api(message.schema.key);
        BOOST_REQUIRE(api != nullptr);
        BOOST_TEST(message.schema.versions.max >= api->versions.max);
        BOOST_TEST(message.schema.flexible_since == api->flexible_since);
        // Produce 0-2 are offered for old clients and refused by brokers and bkes alike.
        if (api->key != protocol::api_key::produce) {
            BOOST_TEST(message.schema.versions.min == api->versions.min);
        }
    }
}

BOOST_AUTO_TEST_CASE(have_a_request_and_a_response_for_each_api) {
    const auto messages = all_messages();
    for (std::size_t i = 0; i + 1 < messages.size(); i += 2) {
        BOOST_TEST(messages[i].schema.key == messages[i + 1].schema.key);
        BOOST_TEST(messages[i].schema.name.ends_with("_request"));
        BOOST_TEST(messages[i + 1].schema.name.ends_with("_response"));
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::tests
