#include "sync/start/rights_report.hpp"

#include "sync/types/log.hpp"
#include "sync/types/shell_quoted.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bkes::sync {

namespace {

bool holds(const std::vector<missing_right>& rights, const missing_right& right) {
    return std::ranges::find(rights, right) != rights.end();
}

bool is_needed(const missing_right& right) {
    return right.counts == missing_right::weight::needed;
}

}  // namespace

std::string rights_report::command_for(const missing_right& right) const {
    return fmt::format(
        "kafka-acls.sh --bootstrap-server {} --add --allow-principal {} {} "
        "--operation {}",
        servers_, shell_quoted("User:" + principal_), right.resource, right.operation);
}

started<void> rights_report::update(const std::vector<missing_right>& missing) {
    for (const auto& right : missing) {
        if (holds(said_, right)) {
            continue;
        }
        said_.push_back(right);
        sync_log().log(is_needed(right) ? spdlog::level::err : spdlog::level::warn,
                       "right is missing principal=\"{}\" operation={} resource=\"{}\" add=\"{}\"",
                       principal_, right.operation, right.resource, command_for(right));
    }
    const auto granted =
        std::erase_if(said_, [&](const missing_right& right) { return !holds(missing, right); });
    if (granted > 0) {
        sync_log().info("rights were granted principal=\"{}\" count={}", principal_, granted);
    }
    if (std::ranges::any_of(missing, is_needed)) {
        return std::unexpected{start_problem{
            start_problem_kind::not_let_in,
            fmt::format("User:{} lacks rights that bkes needs to guard its topics", principal_)}};
    }
    return {};
}

}  // namespace bkes::sync
