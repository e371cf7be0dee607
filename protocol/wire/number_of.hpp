#pragma once
// Reads a number out of a field that `locate` found.

#include "protocol/core/bytes.hpp"

#include <boost/endian/conversion.hpp>

#include <cstdint>

namespace bkes::protocol {

/// `value` big-endian; 0 unless it has exactly the size of T.
template <class T>
[[nodiscard]] T number_of(bytes_view value) {
    if (value.size() != sizeof(T)) {
        return 0;
    }
    return boost::endian::endian_load<T, sizeof(T), boost::endian::order::big>(
        reinterpret_cast<const unsigned char*>(value.data()));
}

}  // namespace bkes::protocol
