#pragma once
// The grammar of a Java properties file (java.util.Properties.load), read as UTF-8.
//
//   # comment, ! comment           only at the start of a line
//   key=value   key:value   key value
//   key = one \                    an odd number of backslashes at the end goes on in the next
//   line,
//         two                      whose leading blanks are dropped: `one two`
//   \t \n \r \f \uXXXX             escapes; any other character after \ stands for itself

#include "proxy/config/config.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bkes::proxy {

/// The settings in `text` in the order of the lines, a key given twice stands in it twice. The
/// source of each is `name:line`. Throws config_error on a malformed \uXXXX.
std::vector<assignment> parse_properties(std::string_view text, std::string_view name);

/// `value` as it has to stand after `key=` so that it is read back unchanged.
std::string escape_property(std::string_view value);

}  // namespace bkes::proxy
