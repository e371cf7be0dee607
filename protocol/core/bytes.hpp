#pragma once
// Raw bytes as bkes passes them around.
//
// `bytes_view` never owns: it is valid as long as the frame, block or string it points into, and
// whoever keeps it longer copies it by name (`bytes{view}`). `bytes` owns. Both hold binary data;
// the character type only buys cheap hashing, comparison and hand-over to RocksDB and Asio.

#include <string>
#include <string_view>

namespace bkes {

using bytes = std::string;
using bytes_view = std::string_view;

}  // namespace bkes
