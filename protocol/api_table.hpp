#pragma once
// One row for each API that bkes lets through: what ApiVersions offers, and how the headers of its
// frames look, which must be known even for frames that pass unopened.

#include "protocol/api_key.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace bkes::protocol {

struct api_row {
    api_key key;
    std::string_view name;
    /// Versions that bkes offers where the broker has them too: the stable ones of Kafka 4.3, cut
    /// where bkes needs it (each cut has its reason in api_table.cpp).
    version_range versions;
    /// From this version on: request header 2, response header 1 (but see below).
    std::int16_t flexible_since;
};

/// All rows, ascending by key. The extension requests of bkes come last.
[[nodiscard]] std::span<const api_row> api_table();

/// The row of a key as it stands on the wire; null if bkes doesn't know it.
[[nodiscard]] const api_row* find_api(std::int16_t key);

/// True for requests that bkes answers itself and no broker knows.
[[nodiscard]] bool is_extension(api_key key);

/// 1: key, version, correlation id, client id. 2: the same and tagged fields.
[[nodiscard]] std::int16_t request_header_version(const api_row& api, std::int16_t version);

/// 0: correlation id. 1: the same and tagged fields. ApiVersions stays at 0 in every version, so
/// that a client that asked too high can read the error (KIP-511).
[[nodiscard]] std::int16_t response_header_version(const api_row& api, std::int16_t version);

}  // namespace bkes::protocol
