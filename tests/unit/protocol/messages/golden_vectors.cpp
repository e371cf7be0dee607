// Every message against bodies that Kafka's own classes wrote (tests/golden/wire): decode,
// describe, encode again and compare; cut short anywhere it is an error.

#include "tests/support/golden_vectors.hpp"

#include "protocol/api_table.hpp"
#include "protocol/errors.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/message_table.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace bkes::tests {

namespace {

/// Calls `check` for every vector of every message, naming it in what Boost.Test reports.
template <class Check>
void for_each_vector(Check check) {
    for (const auto& message : all_messages()) {
        for (const auto& vector : load_vectors(message.schema.name)) {
            BOOST_TEST_CONTEXT(message.schema.name << " v" << vector.version << " "
                                                   << vector.name) {
                check(message, vector);
            }
        }
    }
}

/// Bytes whose end can't be missed: prefixes longer than 2 KiB are tried at their last 2 KiB only.
constexpr std::size_t tried_prefixes_max = 2048;

bool is_rejected(const message_row& message, bytes_view body, std::int16_t version) {
    const auto go_on = [](const protocol::located_field&) { return protocol::walk::go_on; };
    return !message.decode_and_encode(body, version) && !message.locate(body, version, go_on);
}

/// What `locate` tells, as text; "refused" if it fails.
std::string fields_of(const message_row& message, bytes_view body, std::int16_t version) {
    std::string text;
    const auto done = message.locate(body, version, [&](const protocol::located_field& field) {
        text += field.path.text() + "=" + to_hex(field.value) + " ";
        return protocol::walk::go_on;
    });
    return done ? text : "refused";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(protocol_messages_golden_vectors)

BOOST_AUTO_TEST_CASE(encodes_what_it_decoded_to_the_same_bytes) {
    std::size_t count = 0;
    for_each_vector([&](const message_row& message, const golden_vector& vector) {
        const auto again = message.decode_and_encode(vector.body, vector.version);
        BOOST_REQUIRE(again);
        BOOST_TEST(to_hex(*again) == to_hex(vector.body));
        ++count;
    });
    BOOST_TEST(count > 1000U);
}

BOOST_AUTO_TEST_CASE(describes_every_vector) {
    for_each_vector([](const message_row& message, const golden_vector& vector) {
        const auto text = message.describe(vector.body, vector.version);
        BOOST_REQUIRE(text);
        BOOST_TEST(text->front() == '{');
        BOOST_TEST(text->back() == '}');
    });
}

BOOST_AUTO_TEST_CASE(locates_fields_in_order_inside_the_body) {
    for_each_vector([](const message_row& message, const golden_vector& vector) {
        std::size_t previous = 0;
        const auto done =
            message.locate(vector.body, vector.version, [&](const protocol::located_field& field) {
                BOOST_TEST(field.begin >= previous);
                BOOST_TEST(field.end > field.begin);
                BOOST_TEST(field.end <= vector.body.size());
                previous = field.end;
                return protocol::walk::go_on;
            });
        BOOST_TEST(done.has_value());
        const auto tags = message.locate_tagged_fields(vector.body, vector.version);
        BOOST_REQUIRE(tags);
        const bool is_flexible = vector.version >= message.schema.flexible_since;
        BOOST_TEST((*tags < vector.body.size()) == is_flexible);
    });
}

BOOST_AUTO_TEST_CASE(rejects_every_prefix) {
    for_each_vector([](const message_row& message, const golden_vector& vector) {
        const bytes_view body = vector.body;
        const auto first = body.size() - std::min(body.size(), tried_prefixes_max);
        std::size_t accepted = 0;
        for (auto size = first; size < body.size(); ++size) {
            // On the heap with its exact size, so that a sanitizer sees a read past the end.
            const std::vector<char> prefix(body.begin(),
                                           body.begin() + static_cast<std::ptrdiff_t>(size));
            accepted += is_rejected(message, {prefix.data(), size}, vector.version) ? 0U : 1U;
        }
        BOOST_TEST(accepted == 0U);
    });
}

BOOST_AUTO_TEST_CASE(rejects_a_byte_too_many_in_a_response) {
    for_each_vector([](const message_row& message, const golden_vector& vector) {
        if (message.schema.name.ends_with("_response")) {
            BOOST_TEST(is_rejected(message, vector.body + '\0', vector.version));
        }
    });
}

// Brokers do so, and librdkafka sends three bytes behind Metadata (librdkafka#5049).
BOOST_AUTO_TEST_CASE(ignores_bytes_behind_a_request) {
    for_each_vector([](const message_row& message, const golden_vector& vector) {
        if (!message.schema.name.ends_with("_request")) {
            return;
        }
        for (const auto& tail : {bytes(3, '\0'), bytes(1, '\xff'), bytes(1000, 'x')}) {
            const auto longer = vector.body + tail;
            const auto again = message.decode_and_encode(longer, vector.version);
            BOOST_REQUIRE(again);
            BOOST_TEST(to_hex(*again) == to_hex(vector.body));
            BOOST_TEST(fields_of(message, longer, vector.version) ==
                       fields_of(message, vector.body, vector.version));
            BOOST_TEST(message.locate_tagged_fields(longer, vector.version).value() ==
                       message.locate_tagged_fields(vector.body, vector.version).value());
        }
    });
}

BOOST_AUTO_TEST_CASE(has_a_vector_for_every_version_that_is_offered) {
    for (const auto& message : all_messages()) {
        const auto* const api = protocol::find_api(message.schema.key);
        BOOST_REQUIRE(api != nullptr);
        std::set<std::int16_t> seen;
        for (const auto& vector : load_vectors(message.schema.name)) {
            seen.insert(vector.version);
        }
        for (auto version = message.schema.versions.min; version <= message.schema.versions.max;
             ++version) {
            BOOST_TEST(seen.contains(version),
                       "no vector: " << message.schema.name << " v" << version);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::tests
