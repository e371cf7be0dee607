#pragma once
// Finding whole frames in the bytes read from a socket.

#include "protocol/core/bytes.hpp"
#include "protocol/frame.hpp"
#include "proxy/session/disconnect.hpp"

#include <cstddef>
#include <string_view>

namespace bkes::proxy {

struct split_frame {
    protocol::frame_fault fault = protocol::frame_fault::none;
    bytes_view frame{};  ///< with its size prefix; empty if it isn't whole yet
    std::size_t wanted = protocol::frame_prefix_size;  ///< bytes of the frame, as far as is known
};

/// The first frame of `unread`.
inline split_frame first_frame(bytes_view unread, std::size_t frame_bytes_max) {
    split_frame found;
    if (unread.size() < protocol::frame_prefix_size) {
        return found;
    }
    const auto size =
        protocol::read_frame_size(unread.substr(0, protocol::frame_prefix_size), frame_bytes_max);
    found.fault = size.fault;
    found.wanted += size.bytes;
    if (size.fault == protocol::frame_fault::none && unread.size() >= found.wanted) {
        found.frame = unread.substr(0, found.wanted);
    }
    return found;
}

struct fault_meaning {
    disconnect cause;
    std::string_view text;
};

inline fault_meaning meaning_of(protocol::frame_fault fault) {
    switch (fault) {
        case protocol::frame_fault::tls_hello:
            return {
                disconnect::tls_on_plain_port,
                "\"the client speaks TLS, this port is plain text: security.protocol=PLAINTEXT\""};
        case protocol::frame_fault::too_large:
            return {disconnect::frame_too_large, "\"over frame.bytes.max\""};
        case protocol::frame_fault::negative_size:
        case protocol::frame_fault::none:
            break;
    }
    return {disconnect::malformed_request, "\"a frame of negative size\""};
}

}  // namespace bkes::proxy
