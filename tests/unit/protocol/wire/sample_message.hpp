#pragma once
// A message made for the tests of the idiom, with one of everything, and short words for them.

#include "protocol/errors.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"
#include "tests/support/hex.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bkes::protocol {

struct sample_item {
    bytes_view name{};
    std::int32_t count = 7;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("name", m.name, always.topic());
        f("count", m.count, since(2));
    }
};

/// Flexible from version 2 on.
struct sample {
    static constexpr message_schema schema{
        .name = "sample", .key = 1, .versions = {0, 3}, .flexible_since = 2};

    std::int16_t number = 0;
    std::optional<bytes_view> text = bytes_view{};
    std::int32_t strict = -1;
    std::int32_t lax = -1;
    std::optional<std::vector<sample_item>> items = std::vector<sample_item>{};
    std::vector<std::int32_t> numbers{};
    std::optional<sample_item> maybe{};
    bytes_view blob{};
    std::int64_t tagged_number = 5;
    std::vector<bytes_view> tagged_texts{};
    sample_item tagged_item{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("number", m.number);
        f("text", m.text, always.nullable(1));
        f("strict", m.strict, between(1, 2));
        f("lax", m.lax, since(1).ignorable());
        f("items", m.items, since(1).nullable(2));
        f("numbers", m.numbers, since(1));
        f("maybe", m.maybe, since(3).nullable());
        f.bytes("blob", m.blob, since(1));
        f.tag(0, "tagged_number", m.tagged_number, since(2));
        f.tag(2, "tagged_texts", m.tagged_texts, since(3).topic());
        f.tag(4, "tagged_item", m.tagged_item, since(2).ignorable());
    }
};

/// One of everything that exists in every version from 1 on.
inline sample filled() {
    return {.number = 258,
            .text = "ab",
            .strict = 1,
            .lax = 2,
            .items = std::vector<sample_item>{{.name = "x"}},
            .numbers = {9},
            .blob = "B"};
}

inline std::string encoded(const sample& message, std::int16_t version) {
    bytes out;
    const auto done = encode(message, version, out);
    return done ? tests::to_hex(out) : done.error().message();
}

inline sample decoded(std::string_view hex, std::int16_t version) {
    static bytes body;  // the views point into it
    body = tests::from_hex(hex);
    auto message = decode<sample>(body, version);
    BOOST_REQUIRE(message);
    return std::move(*message);
}

inline std::error_code decode_error(std::string_view hex, std::int16_t version) {
    const auto body = tests::from_hex(hex);
    const auto message = decode<sample>(body, version);
    return message ? std::error_code{} : message.error();
}

/// For `decode` and for `locate` alike.
inline void check_malformed(std::string_view hex, std::int16_t version) {
    BOOST_TEST_CONTEXT(hex << " v" << version) {
        BOOST_TEST(decode_error(hex, version) == protocol_errc::malformed);
        const auto body = tests::from_hex(hex);
        const auto located =
            locate<sample>(body, version, [](const located_field&) { return walk::go_on; });
        BOOST_TEST((!located && located.error() == protocol_errc::malformed));
        BOOST_TEST(!locate_tagged_fields<sample>(body, version));
    }
}

inline const std::string not_in_version =
    make_error_code(protocol_errc::field_not_in_version).message();

}  // namespace bkes::protocol
