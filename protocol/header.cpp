#include "protocol/header.hpp"

#include "protocol/core/assert.hpp"
#include "protocol/errors.hpp"
#include "protocol/frame.hpp"
#include "protocol/wire/reader.hpp"
#include "protocol/wire/tagged_fields.hpp"
#include "protocol/wire/writer.hpp"

#include <limits>

namespace bkes::protocol {

namespace {

/// In a request's header: Kafka has none so far.
constexpr std::uint32_t header_tags_max = 100;

failure malformed() {
    return failure{make_error_code(protocol_errc::malformed)};
}

}  // namespace

result<request_header> peek_request_header(bytes_view frame) {
    reader in{frame};
    request_header header{.key = in.i16(), .version = in.i16(), .correlation_id = in.i32()};
    if (in.failed()) {
        return malformed();
    }
    return header;
}

result<request_view> decode_request_header(bytes_view frame) {
    auto header = peek_request_header(frame);
    if (!header) {
        return failure{header.error()};
    }
    const auto* const api = find_api(header->key);
    if (api == nullptr) {
        return failure{make_error_code(protocol_errc::unsupported_version)};
    }
    reader in{frame};
    in.skip(8);
    header->client_id = in.nullable_string();
    if (request_header_version(*api, header->version) >= 2) {
        header->unknown_tags = read_unknown_tags(in, header_tags_max);
    }
    if (in.failed()) {
        return malformed();
    }
    return request_view{.header = std::move(*header), .body = in.rest()};
}

result<response_view> decode_response_header(bytes_view frame, const api_row& api,
                                             std::int16_t version) {
    reader in{frame};
    response_view response{.correlation_id = in.i32(), .body = {}};
    if (response_header_version(api, version) >= 1) {
        response.unknown_tags = read_unknown_tags(in);
    }
    if (in.failed()) {
        return malformed();
    }
    response.body = in.rest();
    return response;
}

result<void> append_request_header(const request_header& header, bytes& out) {
    const auto* const api = find_api(header.key);
    if (api == nullptr || header.version < 0) {
        return failure{make_error_code(protocol_errc::unsupported_version)};
    }
    if (header.client_id.value_or("").size() >
        std::size_t{std::numeric_limits<std::int16_t>::max()}) {
        return failure{make_error_code(protocol_errc::field_too_long)};
    }
    const bool is_flexible = request_header_version(*api, header.version) >= 2;
    if (!is_flexible && !header.unknown_tags.empty()) {
        return failure{make_error_code(protocol_errc::field_not_in_version)};
    }
    writer to{out};
    to.i16(header.key);
    to.i16(header.version);
    to.i32(header.correlation_id);
    to.nullable_string(header.client_id);
    if (is_flexible) {
        write_unknown_tags(header.unknown_tags, to);
    }
    return {};
}

result<void> append_response_header(std::int32_t correlation_id, const api_row& api,
                                    std::int16_t version, bytes& out) {
    writer to{out};
    to.i32(correlation_id);
    if (response_header_version(api, version) >= 1) {
        write_unknown_tags({}, to);
    }
    return {};
}

void close_frame(bytes& out, std::size_t begin) {
    BKES_ASSERT(begin + frame_prefix_size <= out.size());
    const auto prefix = frame_prefix(out.size() - begin - frame_prefix_size);
    out.replace(begin, prefix.size(), prefix.data(), prefix.size());
}

result<void> append_encoded_response(std::int32_t correlation_id, const api_row& api,
                                     std::int16_t version, bytes_view body, bytes& out) {
    const auto begin = out.size();
    out.append(frame_prefix_size, '\0');
    const auto done = append_response_header(correlation_id, api, version, out);
    out.append(body);
    close_frame(out, begin);
    return done;
}

}  // namespace bkes::protocol
