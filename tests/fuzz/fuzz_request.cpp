// A request as it comes from a client, without its size: header, then the body of its API.

#include "protocol/header.hpp"
#include "tests/fuzz/checks.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const bkes::bytes_view frame{reinterpret_cast<const char*>(data), size};
    const auto request = bkes::protocol::decode_request_header(frame);
    if (!request) {
        return 0;
    }
    bkes::bytes header;
    BKES_ASSERT(request->header.version < 0 ||
                bkes::protocol::append_request_header(request->header, header).has_value());
    if (const auto* message = bkes::tests::find_message(request->header.key, "_request")) {
        bkes::tests::check_body(*message, request->body, request->header.version);
    }
    return 0;
}
