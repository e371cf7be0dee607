#pragma once
// Whose quota counts what is produced.

#include "protocol/core/bytes.hpp"

#include <optional>

namespace bkes::sync {

struct produce_client {
    std::optional<bytes_view> user;  ///< without `User:`; empty: not known
    bytes_view client_id;            ///< empty: it gave none
};

}  // namespace bkes::sync
