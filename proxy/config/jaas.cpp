#include "proxy/config/jaas.hpp"

#include "proxy/config/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace bkes::proxy {

namespace {

struct jaas_token {
    enum class kind : std::uint8_t { word, quoted, symbol };

    kind what = kind::word;
    std::string text{};

    [[nodiscard]] bool is_symbol(char symbol) const {
        return what == kind::symbol && text[0] == symbol;
    }
};

bool is_blank(char c) {
    return static_cast<unsigned char>(c) <= ' ';
}

bool is_octal(char c) {
    return c >= '0' && c <= '7';
}

/// Cuts comments and blanks off the front of `text`.
void skip_blanks(std::string_view& text) {
    const auto drop = [&text](std::size_t count) {
        text.remove_prefix(std::min(count, text.size()));
    };
    while (!text.empty()) {
        if (is_blank(text[0])) {
            drop(1);
        } else if (text.starts_with("//")) {
            drop(text.find_first_of("\r\n"));
        } else if (text.starts_with("/*")) {
            const auto end = text.find("*/", 2);
            drop(end == std::string_view::npos ? end : end + 2);
        } else {
            return;
        }
    }
}

/// What stands behind a backslash, cut off `text`, which isn't empty.
char take_escaped(std::string_view& text) {
    if (is_octal(text[0])) {
        const std::size_t digits_max = text[0] <= '3' ? 3 : 2;
        unsigned value = 0;
        for (std::size_t count = 0; count < digits_max && !text.empty() && is_octal(text[0]);
             ++count) {
            value = value * 8 + static_cast<unsigned>(text[0] - '0');
            text.remove_prefix(1);
        }
        return static_cast<char>(value);
    }
    constexpr std::string_view letters = "abfnrtv";
    const auto letter = letters.find(text[0]);
    const char c = letter == std::string_view::npos ? text[0] : "\a\b\f\n\r\t\v"[letter];
    text.remove_prefix(1);
    return c;
}

/// A text in quotes, cut off `text`, which begins with one. Nothing if it has no end in its line.
std::optional<std::string> take_quoted(std::string_view& text) {
    const char quote = text[0];
    text.remove_prefix(1);
    std::string value;
    while (!text.empty() && text[0] != quote && text[0] != '\n' && text[0] != '\r') {
        const char c = text[0];
        text.remove_prefix(1);
        if (c == '\\' && !text.empty()) {
            value += take_escaped(text);
        } else {
            value += c;
        }
    }
    if (!text.starts_with(quote)) {
        return std::nullopt;
    }
    text.remove_prefix(1);
    return value;
}

/// Nothing if a quote has no end.
std::optional<std::vector<jaas_token>> split_jaas(std::string_view text) {
    std::vector<jaas_token> tokens;
    for (skip_blanks(text); !text.empty(); skip_blanks(text)) {
        if (text[0] == '"' || text[0] == '\'') {
            auto value = take_quoted(text);
            if (!value) {
                return std::nullopt;
            }
            tokens.push_back({jaas_token::kind::quoted, std::move(*value)});
        } else if (text[0] == '=' || text[0] == ';') {
            tokens.push_back({jaas_token::kind::symbol, std::string{text[0]}});
            text.remove_prefix(1);
        } else {
            const auto end = std::ranges::find_if(
                text, [](char c) { return is_blank(c) || std::string_view{"=;\"'"}.contains(c); });
            const auto size = static_cast<std::size_t>(end - text.begin());
            tokens.push_back({jaas_token::kind::word, std::string{text.substr(0, size)}});
            text.remove_prefix(size);
        }
    }
    return tokens;
}

std::optional<jaas_login::module_kind> module_of(std::string_view name) {
    if (name.ends_with(".plain.PlainLoginModule")) {
        return jaas_login::module_kind::plain;
    }
    if (name.ends_with(".scram.ScramLoginModule")) {
        return jaas_login::module_kind::scram;
    }
    return std::nullopt;
}

bool is_control_flag(std::string_view word) {
    constexpr std::array<std::string_view, 4> flags{"REQUIRED", "REQUISITE", "SUFFICIENT",
                                                    "OPTIONAL"};
    return std::ranges::find(flags, upper_case(word)) != flags.end();
}

/// The options of a module, from `at` on: NAME=VALUE each, and a semicolon at the end of all.
/// Returns what is wrong.
std::string read_options(const std::vector<jaas_token>& tokens, std::size_t at, jaas_login& login) {
    // A password that isn't in quotes may go on as what looks like a name.
    const bool names_are_names = std::ranges::none_of(tokens, [&tokens](const jaas_token& one) {
        return &one != tokens.data() && (&one - 1)->is_symbol('=') &&
               one.what == jaas_token::kind::word;
    });
    for (; at + 3 < tokens.size() && tokens[at + 1].is_symbol('='); at += 3) {
        const auto& name = tokens[at];
        const auto& value = tokens[at + 2];
        if (name.what != jaas_token::kind::word || value.what == jaas_token::kind::symbol) {
            return "expected NAME=\"VALUE\" ... and a semicolon at the end";
        }
        if (name.text == "username") {
            login.username = value.text;
        } else if (name.text == "password") {
            login.password = value.text;
        } else {
            return names_are_names
                       ? fmt::format("the option {} isn't understood, only username and password",
                                     name.text)
                       : "there is an option that isn't understood, only username and password "
                         "are; put values in quotes";
        }
    }
    if (at + 1 != tokens.size() || !tokens[at].is_symbol(';')) {
        return "expected NAME=\"VALUE\" ... and a semicolon at the end";
    }
    return {};
}

}  // namespace

std::expected<jaas_login, std::string> parse_jaas_login(std::string_view text) {
    const auto tokens = split_jaas(text);
    if (!tokens) {
        return std::unexpected{"a quote has no end"};
    }
    if (tokens->empty() || !(*tokens)[0].text.ends_with("LoginModule")) {
        return std::unexpected{"expected a LoginModule at its beginning"};
    }
    const auto module = module_of((*tokens)[0].text);
    if (!module) {
        return std::unexpected{
            fmt::format("{} isn't understood, only PlainLoginModule and ScramLoginModule of "
                        "org.apache.kafka.common.security",
                        (*tokens)[0].text)};
    }
    if (tokens->size() < 2 || !is_control_flag((*tokens)[1].text)) {
        return std::unexpected{"expected `required` behind the LoginModule"};
    }
    jaas_login login{.module = *module};
    if (auto problem = read_options(*tokens, 2, login); !problem.empty()) {
        return std::unexpected{std::move(problem)};
    }
    if (login.username.empty() || login.password.empty()) {
        return std::unexpected{"username and password are needed"};
    }
    return login;
}

}  // namespace bkes::proxy
