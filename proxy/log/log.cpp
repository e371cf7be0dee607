#include "proxy/log/log.hpp"

#include "proxy/log/folding.hpp"
#include "proxy/log/json_line.hpp"
#include "proxy/log/text.hpp"
#include "sync/types/log.hpp"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <unistd.h>

namespace bkes::proxy {

namespace {

/// The level in five columns; spdlog's own names are wider.
class level_flag : public spdlog::custom_flag_formatter {
  public:
    explicit level_flag(log_colours colours) : colours_{colours} {}

    void format(const spdlog::details::log_msg& message, const std::tm&,
                spdlog::memory_buf_t& out) override {
        constexpr std::string_view names[]{"trace", "debug", "info ", "warn ",
                                           "error", "fatal", "off  "};
        const auto name = names[std::min<std::size_t>(message.level, std::size(names) - 1)];
        const std::string_view colour = colours_ == log_colours::none          ? ""
                                        : message.level == spdlog::level::warn ? "\x1b[33m"
                                        : message.level >= spdlog::level::err  ? "\x1b[31m"
                                                                               : "";
        for (const auto part : {colour, name, std::string_view{colour.empty() ? "" : "\x1b[0m"}}) {
            out.append(part.data(), part.data() + part.size());
        }
    }

    [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
        return std::make_unique<level_flag>(colours_);
    }

  private:
    log_colours colours_;
};

bool is_set(const char* variable) {
    const char* const value = std::getenv(variable);
    return value != nullptr && *value != '\0';
}

log_colours colours_of_terminal() {
    return is_log_on_terminal() && !is_set("NO_COLOR") ? log_colours::of_levels : log_colours::none;
}

/// The message on one line, whatever a peer put into it.
class message_flag : public spdlog::custom_flag_formatter {
  public:
    void format(const spdlog::details::log_msg& message, const std::tm&,
                spdlog::memory_buf_t& out) override {
        for (const char c : message.payload) {
            if (is_control(c)) {
                fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
            } else {
                out.push_back(c);
            }
        }
    }

    [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
        return std::make_unique<message_flag>();
    }
};

spdlog::level::level_enum to_spdlog(log_level level) {
    switch (level) {
        case log_level::trace:
            return spdlog::level::trace;
        case log_level::debug:
            return spdlog::level::debug;
        case log_level::info:
            return spdlog::level::info;
        case log_level::warn:
            return spdlog::level::warn;
        case log_level::error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

/// Standard error, where bursts of warnings are folded. On a terminal a last line may stand below
/// what is written.
class folding_sink final : public spdlog::sinks::base_sink<std::mutex> {
  public:
    void show_last(std::string_view text) {
        const std::lock_guard lock{mutex_};
        if (text == last_line_) {
            return;
        }
        put(fmt::format("{}{}", erase(), text));
        last_line_ = text;
    }

  protected:
    void sink_it_(const spdlog::details::log_msg& line) override {
        for (const auto& one : folding_.ended(line.time)) {
            const auto text =
                fmt::format("further lines like this were left out event=\"{}\" count={}",
                            one.event, one.count);
            write({line.time, spdlog::source_loc{}, line.logger_name, spdlog::level::warn, text});
        }
        const std::string_view payload{line.payload.data(), line.payload.size()};
        if (line.level < spdlog::level::warn || folding_.takes(event_of(payload), line.time)) {
            write(line);
        }
    }

    void flush_() override { std::fflush(stderr); }

  private:
    void write(const spdlog::details::log_msg& line) {
        spdlog::memory_buf_t text;
        formatter_->format(line, text);
        const std::string_view written{text.data(), text.size()};
        if (last_line_.empty()) {
            put(written);
        } else {
            put(fmt::format("{}{}{}", erase(), written, last_line_));
        }
    }

    /// Back to the beginning of the last line, and what stood there is gone.
    [[nodiscard]] std::string_view erase() const { return last_line_.empty() ? "" : "\r\x1b[K"; }

    static void put(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

    log_folding folding_;
    std::string last_line_;
};

/// All loggers, sharing one sink.
class log_book {
  public:
    log_book() { sink_->set_formatter(make_log_formatter(colours_of_terminal())); }

    void show_last(std::string_view text) { sink_->show_last(text); }

    spdlog::logger& of(std::string_view component) {
        const std::lock_guard lock{mutex_};
        auto found = loggers_.find(component);
        if (found == loggers_.end()) {
            const std::string name{component};
            found = loggers_.emplace(name, std::make_unique<spdlog::logger>(name, sink_)).first;
            found->second->set_level(level_);
            found->second->flush_on(spdlog::level::trace);
        }
        return *found->second;
    }

    /// Also makes spdlog's own free functions (`spdlog::info`) write here, as component "proxy".
    void start(spdlog::level::level_enum level, log_format format) {
        const std::lock_guard lock{mutex_};
        sink_->set_formatter(format == log_format::json
                                 ? make_json_formatter()
                                 : make_log_formatter(colours_of_terminal()));
        const auto everyday = std::make_shared<spdlog::logger>("proxy", sink_);
        everyday->set_level(level);
        everyday->flush_on(spdlog::level::trace);
        spdlog::set_default_logger(everyday);
        use(level);
    }

    void change(spdlog::level::level_enum level) {
        const std::lock_guard lock{mutex_};
        spdlog::default_logger_raw()->set_level(level);
        use(level);
    }

  private:
    void use(spdlog::level::level_enum level) {
        level_ = level;
        for (const auto& [name, logger] : loggers_) {
            logger->set_level(level);
        }
    }

    std::mutex mutex_;
    std::shared_ptr<folding_sink> sink_ = std::make_shared<folding_sink>();
    std::map<std::string, std::unique_ptr<spdlog::logger>, std::less<>> loggers_;
    spdlog::level::level_enum level_ = spdlog::level::warn;
};

log_book& book() {
    // Never destroyed: other threads may log while the program ends.
    static auto* const the_book = new log_book;
    return *the_book;
}

}  // namespace

bool is_log_on_terminal() {
    static const bool it_is = [] {
        const char* const terminal = std::getenv("TERM");
        return ::isatty(STDERR_FILENO) == 1 &&
               std::string_view{terminal ? terminal : "dumb"} != "dumb";
    }();
    return it_is;
}

void show_last_line(std::string_view text) {
    book().show_last(text);
}

std::unique_ptr<spdlog::formatter> make_log_formatter(log_colours colours) {
    auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
    formatter->add_flag<level_flag>('L', colours).add_flag<message_flag>('v');
    formatter->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %L %-6n %v");
    return formatter;
}

void start_log(log_level level, log_format format) {
    book().start(to_spdlog(level), format);
    sync::log_to(&log_of("sync"));
}

void set_log_level(log_level level) {
    book().change(to_spdlog(level));
}

spdlog::logger& log_of(std::string_view component) {
    return book().of(component);
}

void log_exception(std::string_view where, const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
        spdlog::error("unexpected exception in=\"{}\" reason=\"{}\"", where, error.what());
    } catch (...) {
        spdlog::error("unexpected exception in=\"{}\" reason=\"not a std::exception\"", where);
    }
}

}  // namespace bkes::proxy
