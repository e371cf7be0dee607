#pragma once
// bkes' addresses in a Metadata answer without decoding it: of an answer with 10,000 partitions,
// asked for by each client every few minutes, only the brokers change.

#include "protocol/core/bytes.hpp"
#include "protocol/core/result.hpp"
#include "proxy/addresses/address_rewriter.hpp"

#include <cstdint>

namespace bkes::proxy {

/// Appends `body`, a metadata_response, to `out` with other addresses: what stands behind its
/// brokers isn't looked at. Fails with malformed or unsupported_version; `out` is of no use then.
[[nodiscard]] result<void> append_with_own_addresses(bytes_view body, std::int16_t version,
                                                     address_rewriter& addresses, bytes& out);

}  // namespace bkes::proxy
