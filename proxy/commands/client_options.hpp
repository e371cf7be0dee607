#pragma once
// What the commands that talk to a running bkes have in common.

#include "proxy/commands/command.hpp"
#include "proxy/commands/kafka_client.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bkes::proxy {

/// `own` and the options of every client command.
std::vector<option> with_client_options(std::vector<option> own);

/// `own` and the settings of every client command: how its connection to bkes is secured.
std::vector<std::string_view> with_client_settings(std::vector<std::string_view> own);

/// Where bkes is and how to talk to it.
struct way_to_bkes {
    std::vector<host_port> servers;
    std::chrono::milliseconds limit;
    std::shared_ptr<sync::link_security> security;
};

/// The bkes named by --bootstrap-servers, else by the file of --command-config, else the first listener
/// of the configuration. Throws usage_error and config_error.
outcome<way_to_bkes> find_bkes(const invocation& call);

/// Finds it and connects. Throws usage_error and config_error.
outcome<std::unique_ptr<kafka_client>> connect_to_bkes(const invocation& call);

inline constexpr option timeout_option{"--timeout-ms", "N",
                                       "How long to wait for an answer [10000]"};

/// Of `timeout_option`. Throws usage_error.
std::chrono::milliseconds timeout_of(const invocation& call);

enum class output_form { text, json };

output_form output_form_of(const invocation& call);

/// The bytes of `text`, or those it gives in hexadecimal if the switch `hex_option` was given.
/// Throws usage_error.
std::string bytes_of(const invocation& call, const std::string& text, std::string_view hex_option);

/// What a server's error code and message mean to the person: the message, or the code's name.
command_failure refused_by_server(std::int16_t error_code, std::optional<bytes_view> message);

}  // namespace bkes::proxy
