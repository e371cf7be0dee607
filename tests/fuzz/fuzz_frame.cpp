// A stream of frames: sizes, headers of requests that stay closed, sections of tagged fields.

#include "protocol/core/assert.hpp"
#include "protocol/frame.hpp"
#include "protocol/header.hpp"
#include "protocol/wire/tagged_fields.hpp"

#include <cstddef>
#include <cstdint>

namespace {

using namespace bkes::protocol;  // NOLINT: short names in a single file

constexpr std::size_t frame_bytes_max = 1 << 20;

void check_section(bkes::bytes_view section) {
    const auto found = find_tagged_field(section, 1);
    bkes::bytes out;
    const bool is_replaced = replace_tagged_field(section, 1, "content", out).has_value();
    BKES_ASSERT(section.empty() || is_replaced == found.has_value());
    if (is_replaced) {
        const auto again = find_tagged_field(out, 1);
        BKES_ASSERT(again && **again == "content");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    bkes::bytes_view stream{reinterpret_cast<const char*>(data), size};
    while (stream.size() >= frame_prefix_size) {
        const auto frame_bytes =
            read_frame_size(stream.substr(0, frame_prefix_size), frame_bytes_max);
        BKES_ASSERT(frame_bytes.bytes <= frame_bytes_max);
        stream.remove_prefix(frame_prefix_size);
        if (frame_bytes.fault != frame_fault::none || frame_bytes.bytes > stream.size()) {
            break;
        }
        const auto frame = stream.substr(0, frame_bytes.bytes);
        stream.remove_prefix(frame_bytes.bytes);
        const auto peeked = peek_request_header(frame);
        BKES_ASSERT(peeked.has_value() == (frame.size() >= 8));
        if (const auto request = decode_request_header(frame)) {
            BKES_ASSERT(request->body.size() <= frame.size() - 8);
            check_section(request->body);
        }
    }
    return 0;
}
