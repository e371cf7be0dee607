#pragma once
// All that a command takes behind its arguments, options and settings alike, as shells and manuals
// show it.

#include "proxy/commands/command.hpp"

#include <string>
#include <vector>

namespace bkes::proxy {

struct shown_flag {
    std::string name;        ///< `--hold-ms`
    std::string value_name;  ///< empty: a switch
    std::string help;        ///< one sentence without its full stop, with the default in brackets
    bool is_setting = false;
};

/// In the order that --help shows. Those of one listener alone aren't among them.
std::vector<shown_flag> flags_of(const command& one);

}  // namespace bkes::proxy
