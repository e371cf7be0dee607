// A response as it comes from a broker: key and version of its request (two bytes each, which the
// wire doesn't have), then header and body.

#include "protocol/header.hpp"
#include "protocol/wire/reader.hpp"
#include "tests/fuzz/checks.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    bkes::protocol::reader in{{reinterpret_cast<const char*>(data), size}};
    const auto key = in.i16();
    const auto version = in.i16();
    const auto* const api = bkes::protocol::find_api(key);
    const auto* const message = bkes::tests::find_message(key, "_response");
    if (api == nullptr || message == nullptr) {
        return 0;
    }
    const auto response = bkes::protocol::decode_response_header(in.rest(), *api, version);
    if (response) {
        bkes::tests::check_body(*message, response->body, version);
    }
    return 0;
}
