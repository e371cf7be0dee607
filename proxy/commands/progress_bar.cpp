#include "proxy/commands/progress_bar.hpp"

#include "proxy/log/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace bkes::proxy {

namespace {

using namespace std::chrono_literals;

constexpr auto drawn_every = 100ms;
constexpr auto pace_over = 5s;
constexpr std::size_t bar_min = 10;
constexpr std::size_t bar_max = 40;
constexpr std::size_t columns_unless_known = 80;

std::size_t columns_of_terminal() {
    winsize size{};
    const bool is_known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return is_known ? size.ws_col : columns_unless_known;
}

/// 1,234,567
std::string grouped(std::uint64_t number) {
    auto text = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
        text.insert(static_cast<std::size_t>(at), ",");
    }
    return text;
}

std::string bar_of(double share, std::size_t width) {
    const auto full = static_cast<std::size_t>(share * static_cast<double>(width));
    std::string bar(full, '=');
    if (full < width) {
        bar += '>';
    }
    bar.resize(width, ' ');
    return "[" + bar + "]";
}

}  // namespace

std::string short_duration(std::chrono::seconds time) {
    const auto all = time.count();
    if (all < 60) {
        return fmt::format("{}s", all);
    }
    if (all < 3600) {
        return fmt::format("{}m{:02}s", all / 60, all % 60);
    }
    if (all < 24L * 3600) {
        return fmt::format("{}h{:02}m", all / 3600, all / 60 % 60);
    }
    return fmt::format("{}d{:02}h", all / 86'400, all / 3600 % 24);
}

std::string progress_text(std::string_view what, const progress_seen& seen, std::size_t columns) {
    const auto done = std::min(seen.done, seen.all);
    const double share =
        seen.all == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(seen.all);
    // Never 100 % before the end.
    std::string text = fmt::format("{:3}%", seen.all == 0 ? 100 : done * 100 / seen.all);
    auto more = fmt::format("  {} of {}", grouped(done), grouped(seen.all));
    if (seen.per_second >= 1) {
        const auto left = static_cast<double>(seen.all - done) / seen.per_second;
        more += fmt::format("  {}/s  {} left",
                            grouped(static_cast<std::uint64_t>(std::round(seen.per_second))),
                            short_duration(std::chrono::seconds{std::llround(std::ceil(left))}));
    }
    if (text.size() + more.size() <= columns) {
        text += more;
    }
    if (what.size() + 2 + text.size() <= columns) {
        const auto room = columns - what.size() - 2 - text.size();
        constexpr std::size_t around = 4;  // brackets and a gap
        const auto bar = room >= bar_min + around
                             ? bar_of(share, std::min(room - around, bar_max)) + "  "
                             : std::string{};
        text = fmt::format("{}  {}{}", what, bar, text);
    }
    return text.substr(0, columns);
}

double pace::per_second(std::uint64_t done, time_point now) {
    if (!samples_.empty() && done < samples_.back().done) {
        samples_.clear();
    }
    samples_.push_back({now, done});
    while (samples_.size() > 2 && now - samples_[1].at >= pace_over) {
        samples_.pop_front();
    }
    const auto& first = samples_.front();
    const auto took = std::chrono::duration<double>{now - first.at}.count();
    return took > 0 ? static_cast<double>(done - first.done) / took : 0;
}

bool progress_bar::is_wanted(const config& settings) {
    return settings.format == log_format::text && settings.level <= log_level::info &&
           is_log_on_terminal();
}

progress_bar::progress_bar(std::string what, std::chrono::milliseconds delay)
    : what_{std::move(what)}, delay_{delay} {}

progress_bar::~progress_bar() {
    show_last_line({});
}

void progress_bar::at(std::uint64_t done, std::uint64_t all) {
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock{mutex_};
    if (done >= all) {
        began_.reset();
        pace_ = {};
        if (std::exchange(is_shown_, false)) {
            show_last_line({});
        }
        return;
    }
    if (!began_) {
        began_ = now;
    }
    if (now - shown_ < drawn_every) {
        return;
    }
    const auto rate = pace_.per_second(done, now);
    shown_ = now;
    if (now - *began_ < delay_) {
        return;
    }
    // The last column stays free: some terminals go to the next line after it.
    const auto columns = columns_of_terminal() - 1;
    show_last_line(progress_text(what_, {.done = done, .all = all, .per_second = rate}, columns));
    is_shown_ = true;
}

}  // namespace bkes::proxy
