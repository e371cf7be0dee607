#include "sync/start/start_checks.hpp"

#include "sync/net/link_security.hpp"
#include "sync/start/cluster_facts.hpp"
#include "sync/start/own_rights.hpp"
#include "sync/types/log.hpp"
#include "sync/types/shell_quoted.hpp"

#include <algorithm>
#include <chrono>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;

constexpr auto start_timeout = 15s;

started<void> check_names(const cluster_facts& facts, const guarded_topics_options& options) {
    const auto hidden = std::ranges::find_if(facts.all_topics, options.is_virtual_name);
    if (hidden == facts.all_topics.end()) {
        return {};
    }
    return std::unexpected{
        start_problem{start_problem_kind::bad_setting,
                      "the real topic \"" + *hidden +
                          "\" has a name of the key topics of a guarded topic, so "
                          "no client could reach it: delete or rename it, or take that topic "
                          "out of `topics`"}};
}

}  // namespace

started<cluster_facts> check_start(guarded_topics_options& options, rights_report& rights) {
    const auto missing =
        find_missing_rights(options.access, options.topics, options.role, start_timeout);
    if (!missing) {
        return std::unexpected{missing.error()};
    }
    if (auto allowed = rights.update(*missing); !allowed) {
        return std::unexpected{allowed.error()};
    }
    auto facts = read_cluster_facts(options.access, options.topics, start_timeout);
    if (!facts) {
        return facts;
    }
    if (auto kept = check_history_is_kept(facts->guarded); !kept) {
        return std::unexpected{kept.error()};
    }
    if (auto named = check_names(*facts, options); !named) {
        return std::unexpected{named.error()};
    }
    options.producer_expiry = facts->producer_expiry.value_or(options.producer_expiry);
    options.keep_alive = keep_alive_interval(facts->connection_idle);
    sync_log().debug("quiet connections to brokers are kept alive interval_ms={}",
                     options.keep_alive.count());
    return facts;
}

std::string principal_of(const cluster_access& access) {
    return access.security ? access.security->principal() : "ANONYMOUS";
}

std::string command_for_group(const rights_report& rights, const guarded_topics_options& options) {
    return rights.command_for(
        {.resource = "--group " + shell_quoted(options.sharing.group_id), .operation = "Read"});
}

std::string command_for_quotas(const rights_report& rights) {
    return rights.command_for({.resource = "--cluster", .operation = "DescribeConfigs"});
}

}  // namespace bkes::sync
