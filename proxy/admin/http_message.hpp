#pragma once
// A request as handlers see it, and what they answer. Plain values: no socket, no parser.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace bkes::proxy {

struct http_request {
    std::string path;   ///< as it was sent, percent-encoded, up to a question mark
    std::string query;  ///< behind it
};

struct http_answer {
    unsigned status = 200;
    std::string_view content_type = "text/plain; charset=utf-8";  ///< a literal
    std::string body{};
};

using http_handler = std::function<http_answer(const http_request&)>;

}  // namespace bkes::proxy
