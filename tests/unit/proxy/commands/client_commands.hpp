#pragma once
// Runs one client command against a fake bkes.

#include "protocol/wire/codec.hpp"
#include "proxy/commands/program.hpp"
#include "tests/unit/proxy/commands/fake_bkes.hpp"

#include <array>
#include <sstream>
#include <string>
#include <vector>

namespace bkes::proxy::tests {

struct command_run {
    int code;
    std::string out;
    std::string err;
};

/// Without --bootstrap-servers, unless `args` have it.
inline command_run run_command_alone(const command& one, std::vector<std::string> args,
                                     std::string input = {}) {
    std::istringstream in{std::move(input)};
    std::ostringstream out;
    std::ostringstream err;
    surroundings around{.in = in, .out = out, .err = err, .environment = {}};
    args.insert(args.begin(), std::string{one.name});
    const int code = run_program(args, std::array{one}, around);
    return {code, out.str(), err.str()};
}

inline command_run run_against(const fake_bkes& server, const command& one,
                               std::vector<std::string> args, std::string input = {}) {
    args.push_back("--bootstrap-servers=" + server.address());
    return run_command_alone(one, std::move(args), std::move(input));
}

/// True, and the decoded request, if `request` is of that type.
template <class Request>
std::optional<Request> as(const protocol::request_view& request) {
    if (request.header.key != Request::schema.key) {
        return std::nullopt;
    }
    auto decoded = protocol::decode<Request>(request.body, request.header.version);
    return decoded ? std::optional{std::move(*decoded)} : std::nullopt;
}

template <class Response>
void respond(const protocol::request_view& request, const Response& response, bytes& out) {
    (void)protocol::append_response_frame(request.header.correlation_id, request.header.version,
                                          response, out);
}

}  // namespace bkes::proxy::tests
