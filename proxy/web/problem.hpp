#pragma once
// What a request by HTTP is refused with: a status and a sentence, as RFC 9457 has it.

#include "proxy/http/http_message.hpp"

#include <expected>
#include <string>

namespace bkes::proxy {

struct problem {
    unsigned status = 500;
    std::string detail;

    /// It may be gone soon: whoever holds a stream waits for that.
    [[nodiscard]] bool is_passing() const { return status == 503; }
};

template <class T>
using or_problem = std::expected<T, problem>;

/// The same as JSON, on one line.
std::string json_of(const problem& refused);

/// With the headers that belong to its status.
http_answer answer_of(const problem& refused);

}  // namespace bkes::proxy
