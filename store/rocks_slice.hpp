#pragma once
// RocksDB's view of bytes and ours. Private to the store.

#include "protocol/core/bytes.hpp"

#include <rocksdb/slice.h>

namespace bkes::store {

[[nodiscard]] inline bytes_view view_of(const rocksdb::Slice& slice) {
    return {slice.data(), slice.size()};
}

[[nodiscard]] inline rocksdb::Slice slice_of(bytes_view view) {
    return {view.data(), view.size()};
}

}  // namespace bkes::store
