#pragma once
// One question to the instance that has a data directory (control_server.hpp). Blocks.

#include <boost/system/error_code.hpp>

#include <chrono>
#include <expected>
#include <string>

namespace bkes::proxy {

/// Lines are without their end. Where nobody has the directory: connection_refused or
/// no_such_file_or_directory.
std::expected<std::string, boost::system::error_code> ask_instance(
    const std::string& data_dir, const std::string& line, std::chrono::milliseconds timeout);

}  // namespace bkes::proxy
