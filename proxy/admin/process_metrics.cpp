// Named as Prometheus' own client libraries name them.

#include "proxy/admin/metrics.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <unistd.h>

namespace bkes::proxy {

namespace {

/// /proc/self/stat, proc(5): the fields behind the name, which may hold anything.
struct process_stat {
    double cpu_seconds = 0;
    double threads = 0;
    double resident_bytes = 0;
    double started_after_boot = 0;  ///< in seconds
};

process_stat read_stat() {
    std::ifstream file{"/proc/self/stat"};
    const std::string text{std::istreambuf_iterator{file}, {}};
    std::istringstream rest{text.substr(std::min(text.rfind(')') + 1, text.size()))};
    const std::vector<std::string> fields{std::istream_iterator<std::string>{rest}, {}};
    constexpr std::size_t first = 3;  // the number of the field that comes first here
    const auto field = [&fields](std::size_t number) {
        return number - first < fields.size() ? std::stod(fields[number - first]) : 0.0;
    };
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    return {.cpu_seconds = (field(14) + field(15)) / ticks,
            .threads = field(20),
            .resident_bytes = field(24) * static_cast<double>(::sysconf(_SC_PAGESIZE)),
            .started_after_boot = field(22) / ticks};
}

double boot_time() {
    std::ifstream file{"/proc/uptime"};
    double uptime = 0;
    file >> uptime;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration<double>{now}.count() - uptime;
}

double open_files() {
    std::error_code failed;
    const std::filesystem::directory_iterator all{"/proc/self/fd", failed};
    return failed ? 0.0 : static_cast<double>(std::distance(begin(all), end(all)) - 1);
}

}  // namespace

void add_process_metrics(metric_families& families) {
    const auto stat = read_stat();
    auto& build = families.emplace_back(gauge_family("bkes_build_info", "1, with the version"));
    add_value(build, {{"version", BKES_VERSION}}, 1);
    add_counter(families, "process_cpu_seconds_total", "Processor time spent, in seconds",
                stat.cpu_seconds);
    add_gauge(families, "process_resident_memory_bytes", "Resident memory", stat.resident_bytes);
    add_gauge(families, "process_open_fds", "Open file descriptors", open_files());
    add_gauge(families, "process_threads", "Threads", stat.threads);
    static const auto started = boot_time() + stat.started_after_boot;
    add_gauge(families, "process_start_time_seconds", "When the process started, since the epoch",
              started);
}

}  // namespace bkes::proxy
