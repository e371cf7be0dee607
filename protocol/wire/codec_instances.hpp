#pragma once
// The definitions behind codec.hpp. Included by the .cpp of each message, which compiles them with
// BKES_INSTANTIATE_CODEC(name_of_message), and by nothing else: a header with this in it would
// cost half a second for every file that includes it.

#include "protocol/errors.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/decoder.hpp"
#include "protocol/wire/describer.hpp"
#include "protocol/wire/encoder.hpp"
#include "protocol/wire/locator.hpp"
#include "protocol/wire/partial_walk.hpp"
#include "protocol/wire/schema_printer.hpp"

#include <string>

namespace bkes::protocol {

/// The one check after reading a body: nothing was wrong, and nothing is left that matters.
template <class Message>
bool was_read(const reader& in) {
    return Message::schema.ignores_tail() ? !in.failed() : in.complete();
}

template <class Message>
result<Message> decode(bytes_view body, std::int16_t version, std::size_t memory_max) {
    if (!Message::schema.versions.contains(version)) {
        return failure{make_error_code(protocol_errc::unsupported_version)};
    }
    result<Message> message;
    reader in{body};
    memory_budget memory{.left = memory_max};
    decoder{in, version, version >= Message::schema.flexible_since, memory}.read(*message);
    if (memory.is_exceeded) {
        return failure{make_error_code(protocol_errc::too_many_elements)};
    }
    if (!was_read<Message>(in)) {
        return failure{make_error_code(protocol_errc::malformed)};
    }
    return message;
}

template <class Message>
result<void> encode(const Message& message, std::int16_t version, bytes& out) {
    if (!Message::schema.versions.contains(version)) {
        return failure{make_error_code(protocol_errc::unsupported_version)};
    }
    const auto size_before = out.size();
    encoder to{out, version, version >= Message::schema.flexible_since};
    to.write(message);
    if (to.error()) {
        out.resize(size_before);
        return failure{to.error()};
    }
    return {};
}

template <class Message>
std::string describe(const Message& message, std::int16_t version) {
    std::string text;
    describer{text, version}.print(message);
    return text;
}

template <class Message>
std::string schema_text() {
    std::string text;
    append_schema(text, Message::schema);
    Message::fields(defaults_of<Message>, schema_printer{text, Message::schema.versions, 1});
    return text;
}

/// Both walks: `visit` may be null. Gives the place of the outermost tagged fields.
template <class Message>
result<std::size_t> walk_over(bytes_view body, std::int16_t version, const field_visitor* visit) {
    if (!Message::schema.versions.contains(version)) {
        return failure{make_error_code(protocol_errc::unsupported_version)};
    }
    reader in{body};
    locator walk{in, version, version >= Message::schema.flexible_since, visit};
    walk.template walk_message<Message>();
    if (!walk.is_stopped() && !was_read<Message>(in)) {
        return failure{make_error_code(protocol_errc::malformed)};
    }
    return walk.tagged_fields_begin();
}

template <class Message>
result<void> locate(bytes_view body, std::int16_t version, field_visitor visit) {
    const auto walked = walk_over<Message>(body, version, &visit);
    if (!walked) {
        return failure{walked.error()};
    }
    return {};
}

template <class Message>
result<std::size_t> locate_tagged_fields(bytes_view body, std::int16_t version) {
    return walk_over<Message>(body, version, nullptr);
}

template <class Message>
result<partial_walk> walk_partial(bytes_view skeleton, std::int16_t version, std::size_t omitted,
                                  std::size_t missing_bytes) {
    if (!Message::schema.versions.contains(version)) {
        return failure{make_error_code(protocol_errc::unsupported_version)};
    }
    reader in{skeleton, missing_bytes};
    records_gaps gaps{.omitted = omitted};
    locator walk{in, version, version >= Message::schema.flexible_since, nullptr, &gaps};
    walk.template walk_message<Message>();
    if (in.complete()) {
        gaps.progress.ended = partial_walk::outcome::whole;
        gaps.progress.tagged_fields = walk.tagged_fields_begin();
    }
    return std::move(gaps.progress);
}

}  // namespace bkes::protocol

#define BKES_INSTANTIATE_CODEC(message)                                              \
    template result<message> decode<message>(bytes_view, std::int16_t, std::size_t); \
    template result<void> encode<message>(const message&, std::int16_t, bytes&);     \
    template std::string describe<message>(const message&, std::int16_t);            \
    template std::string schema_text<message>();                                     \
    template result<void> locate<message>(bytes_view, std::int16_t, field_visitor);  \
    template result<std::size_t> locate_tagged_fields<message>(bytes_view, std::int16_t)
