#pragma once
// What a request to a broker can fail with, besides the socket's own errors and protocol_errc.

#include <system_error>

namespace bkes::sync {

enum class link_errc {
    closed = 1,     ///< the connection was closed on purpose
    not_sent,       ///< it had ended before the request was written: the broker knows nothing of it
    timed_out,      ///< no connection or no answer in time
    no_leader,      ///< the partition has none now
    bad_answer,     ///< the broker's bytes make no sense, or lack what was asked for
    broker_error,   ///< the answer carries an error code of Kafka
    login_refused,  ///< SASL: the broker doesn't let bkes in
    nothing_to_log_in_with,  ///< no token of OAUTHBEARER is there
    speaks_tls,              ///< the broker answered a plain request with TLS
};

const std::error_category& link_category();
std::error_code make_error_code(link_errc code);

}  // namespace bkes::sync

template <>
struct std::is_error_code_enum<bkes::sync::link_errc> : std::true_type {};
