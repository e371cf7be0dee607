#pragma once
// Everything a call on the store can fail with.

#include <system_error>

namespace bkes::store {

enum class store_errc {
    in_use = 1,     ///< another process holds the directory
    other_cluster,  ///< the directory belongs to a cluster with another id
    io_failed,      ///< disk full, unreadable file, ...: the text is in the log
    corrupt,        ///< a checksum or the grammar of store/format.hpp is violated
    out_of_order,   ///< apply below the stored position
    interrupted,    ///< it is to end, and goes on after the next open
    busy,           ///< RocksDB takes no write right now; nothing was written, try again soon
};

const std::error_category& store_category();
std::error_code make_error_code(store_errc code);

}  // namespace bkes::store

template <>
struct std::is_error_code_enum<bkes::store::store_errc> : std::true_type {};
