#pragma once
// A small file that is there as a whole or not at all, whatever happens meanwhile.

#include <string>
#include <string_view>
#include <system_error>

namespace bkes::proxy {

/// Writes the content beside the file, brings it to the disk and puts it in the old one's place. On
/// an error the old one stays.
std::error_code replace_file(const std::string& path, std::string_view content);

}  // namespace bkes::proxy
