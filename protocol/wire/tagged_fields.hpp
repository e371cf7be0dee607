#pragma once
// Sections of tagged fields (KIP-482) as bytes: number of fields, then tag, size and content of
// each, ascending by tag. For headers, and for replacing one field of an encoded message:
//
//     const auto begin = locate_tagged_fields<produce_response>(body, version);
//     const auto endpoints = find_tagged_field(body.substr(*begin), 0);
//     if (endpoints && *endpoints) {              // the answer has addresses
//         out.append(body.substr(0, *begin));
//         replace_tagged_field(body.substr(*begin), 0, changed, out);
//     }

#include "protocol/core/bytes.hpp"
#include "protocol/core/result.hpp"
#include "protocol/wire/fields.hpp"
#include "protocol/wire/reader.hpp"
#include "protocol/wire/writer.hpp"

#include <cstdint>
#include <limits>
#include <optional>

namespace bkes::protocol {

/// A section of which nothing is known. The reader fails if tags don't ascend, or if there are more
/// than `count_max`.
[[nodiscard]] unknown_tagged_fields read_unknown_tags(
    reader& in, std::uint32_t count_max = std::numeric_limits<std::uint32_t>::max());
void write_unknown_tags(const unknown_tagged_fields& fields, writer& to);

/// The content of one field; none if the section doesn't have it. `section` is exactly one section,
/// or empty (a version that isn't flexible has none). Fails with malformed.
[[nodiscard]] result<std::optional<bytes_view>> find_tagged_field(bytes_view section,
                                                                  std::uint32_t tag);

/// Appends the section with the content of a field replaced, or the field added. Fails with
/// malformed, leaving `out` as it was.
[[nodiscard]] result<void> replace_tagged_field(bytes_view section, std::uint32_t tag,
                                                bytes_view content, bytes& out);

}  // namespace bkes::protocol
