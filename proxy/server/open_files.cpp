#include "proxy/server/open_files.hpp"

#include <algorithm>
#include <limits>
#include <sys/resource.h>

namespace bkes::proxy {

void raise_open_files() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);  // if that isn't allowed, the old one stays
    }
}

std::int32_t clients_within_open_files(std::int32_t files_of_a_client) {
    constexpr rlim_t most = std::numeric_limits<std::int32_t>::max();
    constexpr rlim_t own_files_max = 1'024;  // RocksDB has half of them (rocks_options.cpp)
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return static_cast<std::int32_t>(most);
    }
    const auto own = std::min(limit.rlim_cur / 2, own_files_max);
    return static_cast<std::int32_t>(
        std::min((limit.rlim_cur - own) / static_cast<rlim_t>(files_of_a_client), most));
}

}  // namespace bkes::proxy
