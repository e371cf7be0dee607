#pragma once
// What has to hold before an instance guards its topics, and what it learns of the cluster thereby.

#include "sync/start/rights_report.hpp"
#include "sync/start/topic_facts.hpp"
#include "sync/types/options.hpp"
#include "sync/types/start_problem.hpp"

#include <string>

namespace bkes::sync {

/// The topics are there and not compacted (finite retention is only warned about), no real topic has a
/// name that belongs to virtual ones, and no right is missing that is needed; each that is missing is
/// a line in the log. Sets in `options` what the brokers say. Blocks for some network round trips.
started<cluster_facts> check_start(guarded_topics_options& options, rights_report& rights);

/// As the brokers know bkes, without `User:`.
std::string principal_of(const cluster_access& access);

/// The command that gives bkes the right to look at its group: who may read it may look as well.
std::string command_for_group(const rights_report& rights, const guarded_topics_options& options);

/// The command that gives it the right to ask for the clients' quotas.
std::string command_for_quotas(const rights_report& rights);

}  // namespace bkes::sync
