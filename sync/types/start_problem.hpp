#pragma once
// Why a command can't start, in words that say what to do. Only used before anything is served.

#include <cstdint>
#include <expected>
#include <string>

namespace bkes::sync {

enum class start_problem_kind : std::uint8_t {
    bad_setting,  ///< the user's configuration or topic must change
    unreachable,  ///< no broker answers
    not_let_in,   ///< a login, a certificate or a right: to be repaired here or there
    store_failed,
};

struct start_problem {
    start_problem_kind kind;
    std::string text;
};

template <class T>
using started = std::expected<T, start_problem>;

}  // namespace bkes::sync
