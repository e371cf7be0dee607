#pragma once
// What must hold for any body of any message, whoever wrote it.

#include "protocol/core/assert.hpp"
#include "tests/support/message_table.hpp"

namespace bkes::tests {

/// The message of a key, request or response; null if there is none.
inline const message_row* find_message(std::int16_t key, std::string_view suffix) {
    for (const auto& message : all_messages()) {
        if (message.schema.key == key && message.schema.name.ends_with(suffix)) {
            return &message;
        }
    }
    return nullptr;
}

/// Decoding and locating agree on what is well-formed. What was decoded can be encoded and
/// described, and decodes from there to the same again. (Not to the input: a peer may write lengths
/// longer than needed, and tagged fields that stand at their default.) Behind a request any bytes
/// may follow, behind a response none.
inline void check_body(const message_row& message, bytes_view body, std::int16_t version) {
    std::size_t last = 0;
    const auto located = message.locate(body, version, [&](const protocol::located_field& field) {
        BKES_ASSERT(field.begin >= last && field.end <= body.size());
        last = field.end;
        return protocol::walk::go_on;
    });
    const auto once = message.decode_and_encode(body, version);
    BKES_ASSERT(located.has_value() == once.has_value());
    if (!once) {
        return;
    }
    const auto twice = message.decode_and_encode(*once, version);
    BKES_ASSERT(twice && *twice == *once);
    BKES_ASSERT(message.describe(body, version).has_value());
    const auto longer = message.decode_and_encode(bytes{body} + '\0', version);
    BKES_ASSERT(message.schema.ignores_tail() ? longer && *longer == *once : !longer);
    const auto tags = message.locate_tagged_fields(body, version);
    BKES_ASSERT(tags && *tags <= body.size());
}

}  // namespace bkes::tests
