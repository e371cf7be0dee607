#pragma once
// What a call returns that can fail at run time. No exceptions past start-up: an error is a value.

#include <expected>
#include <system_error>

namespace bkes {

template <class T>
using result = std::expected<T, std::error_code>;

using failure = std::unexpected<std::error_code>;

}  // namespace bkes
