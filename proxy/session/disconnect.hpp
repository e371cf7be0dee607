#pragma once
// Why a session ended: the word in the log line and, one to one, the label of the metric.

#include <cstdint>
#include <string_view>

namespace bkes::proxy {

enum class disconnect : std::uint8_t {
    client_closed,
    upstream_closed,
    upstream_unreachable,
    refused_by_broker,  ///< it ended the connection before it answered anything
    malformed_request,
    too_many_elements,    ///< a request that would take too much memory once decoded
    unsupported_request,  ///< an API or version that wasn't offered, as a broker does
    frame_too_large,
    tls_on_plain_port,
    handshake_failed,  ///< of TLS: no TLS at all, none that bkes speaks, no certificate, too slow
    unexpected_response,
    refused_without_answer,  ///< an append with acks=0 was refused, as a broker does
    too_many_connections,
    unfinished_request,  ///< begun, and not sent to its end in time
    idle,                ///< connections.max.idle.ms, or no request at all after connecting
    internal_error,      ///< a bug, or no memory; another log line has the reason
    shutting_down,
};

constexpr std::string_view name_of(disconnect cause) {
    switch (cause) {
        case disconnect::client_closed:
            return "client_closed";
        case disconnect::upstream_closed:
            return "upstream_closed";
        case disconnect::upstream_unreachable:
            return "upstream_unreachable";
        case disconnect::refused_by_broker:
            return "refused_by_broker";
        case disconnect::malformed_request:
            return "malformed_request";
        case disconnect::too_many_elements:
            return "too_many_elements";
        case disconnect::unsupported_request:
            return "unsupported_request";
        case disconnect::frame_too_large:
            return "frame_too_large";
        case disconnect::tls_on_plain_port:
            return "tls_on_plain_port";
        case disconnect::handshake_failed:
            return "handshake_failed";
        case disconnect::unexpected_response:
            return "unexpected_response";
        case disconnect::refused_without_answer:
            return "refused_without_answer";
        case disconnect::too_many_connections:
            return "too_many_connections";
        case disconnect::unfinished_request:
            return "unfinished_request";
        case disconnect::idle:
            return "idle";
        case disconnect::internal_error:
            return "internal_error";
        case disconnect::shutting_down:
            return "shutting_down";
    }
    return "unknown";
}

/// Causes that are nothing unusual and get no warning.
constexpr bool is_ordinary(disconnect cause) {
    return cause == disconnect::client_closed || cause == disconnect::upstream_closed ||
           cause == disconnect::idle || cause == disconnect::shutting_down;
}

}  // namespace bkes::proxy
