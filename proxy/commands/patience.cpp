#include "proxy/commands/patience.hpp"

#include "proxy/log/text.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <thread>

namespace bkes::proxy {

using sync::start_problem_kind;

bool patience::is_worth_waiting(const sync::start_problem& problem) {
    return problem.kind == start_problem_kind::unreachable ||
           problem.kind == start_problem_kind::not_let_in;
}

void patience::wait(const sync::start_problem& problem) {
    if (problem.text != said_) {
        said_ = problem.text;
        spdlog::error("can't serve yet, it is tried again reason={}",
                      in_quotes(problem.text, 2'000));
    }
    std::this_thread::sleep_for(std::chrono::seconds{1});
}

}  // namespace bkes::proxy
