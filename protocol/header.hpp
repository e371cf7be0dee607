#pragma once
// What stands between a frame's size and its body (Kafka: RequestHeader.json, ResponseHeader.json).
//
// Request, versions 1 and 2:  api_key i16, api_version i16, correlation_id i32,
//                             client_id nullable string (never compact), in 2: tagged fields
// Response, versions 0 and 1: correlation_id i32, in 1: tagged fields
// Which of them: api_table.hpp.
//
// "Frame" here is what follows the size prefix when reading, and includes it when building.

#include "protocol/api_table.hpp"
#include "protocol/core/bytes.hpp"
#include "protocol/core/result.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>

namespace bkes::protocol {

struct request_header {
    std::int16_t key = 0;  ///< as it stands on the wire; may be none that bkes knows
    std::int16_t version = 0;
    std::int32_t correlation_id = 0;
    std::optional<bytes_view> client_id{};
    unknown_tagged_fields unknown_tags{};
};

/// A request taken apart; views point into the frame.
struct request_view {
    request_header header;
    bytes_view body;
};

/// The part that every request has, whatever its API: key, version, correlation id. Fails with
/// malformed if the frame is shorter.
[[nodiscard]] result<request_header> peek_request_header(bytes_view frame);

/// The whole header, of which tagged fields are a hundred at most. Fails with unsupported_version on a key that isn't in the table (its header
/// can't be told), and with malformed. Any version of a known key is read: judging it is the
/// caller's.
[[nodiscard]] result<request_view> decode_request_header(bytes_view frame);

/// A response taken apart; views point into the frame.
struct response_view {
    std::int32_t correlation_id = 0;
    unknown_tagged_fields unknown_tags{};
    bytes_view body;
};

/// `api` and `version` are those of the request that the frame answers.
[[nodiscard]] result<response_view> decode_response_header(bytes_view frame, const api_row& api,
                                                           std::int16_t version);

/// Header only, without size prefix. The key must be in the table; tagged fields need a flexible
/// version.
[[nodiscard]] result<void> append_request_header(const request_header& header, bytes& out);
[[nodiscard]] result<void> append_response_header(std::int32_t correlation_id, const api_row& api,
                                                  std::int16_t version, bytes& out);

/// Writes the size prefix of the frame that begins at `begin` in `out` (four bytes were left free
/// there) and reaches to its end.
void close_frame(bytes& out, std::size_t begin);

/// Appends one whole request: size prefix, header, body. `header.key` is taken from the message.
/// On failure `out` is as it was.
template <class Message>
[[nodiscard]] result<void> append_request_frame(request_header header, const Message& message,
                                                bytes& out) {
    header.key = Message::schema.key;
    const auto begin = out.size();
    out.append(4, '\0');
    auto done = append_request_header(header, out);
    if (done) {
        done = encode(message, header.version, out);
    }
    done ? close_frame(out, begin) : out.resize(begin);
    return done;
}

/// Appends one whole response: size prefix, header, body. On failure `out` is as it was.
template <class Message>
[[nodiscard]] result<void> append_response_frame(std::int32_t correlation_id, std::int16_t version,
                                                 const Message& message, bytes& out) {
    const auto begin = out.size();
    out.append(4, '\0');
    auto done =
        append_response_header(correlation_id, *find_api(Message::schema.key), version, out);
    if (done) {
        done = encode(message, version, out);
    }
    done ? close_frame(out, begin) : out.resize(begin);
    return done;
}

/// Appends one whole response whose body is encoded already: size prefix, header, `body`.
[[nodiscard]] result<void> append_encoded_response(std::int32_t correlation_id, const api_row& api,
                                                   std::int16_t version, bytes_view body,
                                                   bytes& out);

}  // namespace bkes::protocol
