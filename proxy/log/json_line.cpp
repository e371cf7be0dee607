#include "proxy/log/json_line.hpp"

#include "proxy/log/text.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/common.h>
#include <spdlog/details/log_msg.h>

#include <algorithm>
#include <chrono>

namespace bkes::proxy {

namespace {

bool is_of_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

/// The size of `key=` at the start, 0 if there is none.
std::size_t name_size(std::string_view text) {
    const auto end = std::ranges::find_if_not(text, is_of_name);
    const auto size = static_cast<std::size_t>(end - text.begin());
    return size > 0 && size < text.size() && text[size] == '=' ? size + 1 : 0;
}

/// Takes a value off the front of `rest`.
std::string take_value(std::string_view& rest) {
    std::string value;
    if (!rest.starts_with('"')) {
        value = rest.substr(0, rest.find(' '));
        rest.remove_prefix(value.size());
        return value;
    }
    std::size_t at = 1;
    for (; at < rest.size() && rest[at] != '"'; ++at) {
        const bool is_escape = rest[at] == '\\' && at + 1 < rest.size() &&
                               (rest[at + 1] == '"' || rest[at + 1] == '\\');
        at += is_escape ? 1 : 0;
        value += rest[at];
    }
    rest.remove_prefix(std::min(at + 1, rest.size()));
    if (rest.starts_with("...")) {  // in_quotes has cut it
        value += "...";
        rest.remove_prefix(3);
    }
    return value;
}

class json_formatter final : public spdlog::formatter {
  public:
    void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
        const auto time = std::chrono::floor<std::chrono::milliseconds>(line.time);
        const auto level = spdlog::level::to_string_view(line.level);
        boost::json::object made{
            {"time", fmt::format("{:%FT%T}.{:03}Z", std::chrono::floor<std::chrono::seconds>(time),
                                 time.time_since_epoch().count() % 1000)},
            {"level", line.level == spdlog::level::warn
                          ? std::string_view{"warn"}
                          : std::string_view{level.data(), level.size()}},
            {"component", std::string_view{line.logger_name.data(), line.logger_name.size()}}};
        // A peer's bytes may be no UTF-8, which JSON has to be.
        const std::string_view payload{line.payload.data(), line.payload.size()};
        const auto clean = without_controls(is_utf8(payload) ? std::string{payload}
                                                             : in_quotes(payload, payload.size()));
        const auto fields = fields_of(clean);
        made["message"] = fields.message;
        for (const auto& [name, value] : fields.pairs) {
            made.emplace(name, value);  // the first of a name
        }
        fmt::format_to(std::back_inserter(out), "{}\n", boost::json::serialize(made));
    }

    [[nodiscard]] std::unique_ptr<formatter> clone() const override {
        return std::make_unique<json_formatter>();
    }
};

}  // namespace

log_fields fields_of(std::string_view line) {
    log_fields found;
    auto rest = line;
    while (!rest.empty()) {
        if (const auto size = name_size(rest); size != 0) {
            std::string name{rest.substr(0, size - 1)};
            rest.remove_prefix(size);
            found.pairs.emplace_back(std::move(name), take_value(rest));
        } else {
            const auto word = rest.substr(0, rest.find(' '));
            found.message += (found.message.empty() ? "" : " ") + std::string{word};
            rest.remove_prefix(word.size());
        }
        rest.remove_prefix(rest.starts_with(' ') ? 1 : 0);
    }
    return found;
}

std::string event_of(std::string_view line) {
    std::size_t at = 0;
    while (at < line.size() && name_size(line.substr(at)) == 0) {
        at = std::min(line.find(' ', at), line.size() - 1) + 1;
    }
    std::string event{line.substr(0, at)};
    constexpr std::string_view cause = " cause=";
    if (const auto found = line.find(cause, at > 0 ? at - 1 : 0); found != std::string_view::npos) {
        const auto value = line.substr(found + 1);
        event += value.substr(0, value.find(' '));
    } else if (event.ends_with(' ')) {
        event.pop_back();
    }
    return event;
}

std::unique_ptr<spdlog::formatter> make_json_formatter() {
    return std::make_unique<json_formatter>();
}

}  // namespace bkes::proxy
