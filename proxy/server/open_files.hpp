#pragma once
// Files that the process may have open: each client takes two, its own connection and that to its
// broker, at a router another one for what it reads by key, and what is left is for the store and for
// bkes' own connections. Any thread.

#include <cstdint>

namespace bkes::proxy {

/// As many as the system lets it have. The low limit that a service begins with is meant for programs
/// that can't deal with more (systemd: 1024, for select).
void raise_open_files();

/// How many clients there may be, so that half of the files, or as many as bkes itself can need, are
/// left.
std::int32_t clients_within_open_files(std::int32_t files_of_a_client);

}  // namespace bkes::proxy
