#pragma once
// Why a login is given up by our own side. What the server refuses, it says in its own words.

#include <system_error>

namespace bkes::sync {

enum class sasl_errc {
    bad_challenge = 1,  ///< the server's message makes no sense
    wrong_nonce,        ///< it answers another login than ours
    bad_iterations,     ///< fewer than are safe, or so many that it would only cost us time
    wrong_server,       ///< it doesn't know the password itself
    refused,            ///< it said no inside the exchange
};

std::error_code make_error_code(sasl_errc code);

}  // namespace bkes::sync

template <>
struct std::is_error_code_enum<bkes::sync::sasl_errc> : std::true_type {};
