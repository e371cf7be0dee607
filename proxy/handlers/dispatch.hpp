#pragma once
// What happens to a request: the table of the APIs that bkes looks into. Everything else passes as
// opaque bytes.

#include "protocol/core/bytes.hpp"

#include <cstdint>

namespace bkes::proxy {

class session;

enum class request_route : std::uint8_t {
    relay,    ///< the frame goes upstream as it came
    handled,  ///< a handler took care of it, and copied what it needs
    close,    ///< the session has been closed
    /// The same frame again, when what `client_rights` wants has been asked; until then no other.
    after_rights,
};

/// Reads the header of one complete frame and calls the handler of its API.
request_route dispatch(session& client, bytes_view frame);

}  // namespace bkes::proxy
