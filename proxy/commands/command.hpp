#pragma once
// One command of the program, as `run_program` (proxy/commands/program.hpp) calls it and --help
// shows it.

#include "proxy/commands/arguments.hpp"
#include "proxy/commands/outcome.hpp"
#include "proxy/config/config.hpp"

#include <istream>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace bkes::proxy {

/// Where a command reads and writes; main gives it the standard streams, tests their own.
struct surroundings {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    std::vector<std::string> environment;  ///< `NAME=value`
};

struct invocation {
    const arguments& args;
    surroundings& around;
};

struct command {
    std::string_view name;
    std::string_view summary;  ///< one sentence without its full stop
    grammar takes;
    std::string_view notes;  ///< more for its own --help; whole lines
    outcome<void> (*run)(const invocation&);
};

/// The settings in force for this invocation: file (`--config`, BKES_CONFIG), environment, the client's
/// file (`--command-config`), flags. Throws config_error.
loaded_config load_config(const invocation& call);

/// The options that `load_config` looks for.
inline constexpr option config_option{"--config", "FILE",
                                      "Read settings from this properties file"};

/// Of commands with one answer.
inline constexpr option one_object_option{"--json", "", "Print one JSON object"};

inline constexpr option command_config_option{
    "--command-config", "FILE",
    "Connect as this file says, as Kafka's tools read it: bootstrap.servers, security.protocol, "
    "sasl.mechanism, sasl.jaas.config, ssl.truststore.location and ssl.keystore.location of type "
    "PEM, or kafka.*; what the configuration and variables say of kafka.* doesn't count then"};

command serve_command();
command get_command();
command tail_command();
command append_command();
command keys_command();
command sync_command();
command status_command();
command verify_command();
command checkpoint_command();
command completion_command();
command man_command();
command version_command();

}  // namespace bkes::proxy
