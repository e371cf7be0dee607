#include "proxy/web/page_files.hpp"
#include "proxy/web/web.hpp"

#include <algorithm>
#include <array>

namespace bkes::proxy {

namespace {

/// Nothing from elsewhere, nothing in the text itself, and no text made into elements.
constexpr std::string_view content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

constexpr std::string_view folder = "/page/";

constexpr std::array types{
    std::pair{std::string_view{".html"}, std::string_view{"text/html; charset=utf-8"}},
    std::pair{std::string_view{".css"}, std::string_view{"text/css; charset=utf-8"}},
    std::pair{std::string_view{".js"}, std::string_view{"text/javascript; charset=utf-8"}},
    std::pair{std::string_view{".svg"}, std::string_view{"image/svg+xml"}},
};

std::string_view type_of(std::string_view name) {
    const auto found =
        std::ranges::find_if(types, [&](const auto& row) { return name.ends_with(row.first); });
    return found == types.end() ? "application/octet-stream" : found->second;
}

}  // namespace

std::optional<http_answer> answer_page(std::string_view path) {
    const auto name = path == "/"                ? "index.html"
                      : path.starts_with(folder) ? path.substr(folder.size())
                                                 : std::string_view{};
    const auto files = page_files();
    const auto found = std::ranges::find(files, name, &page_file::name);
    if (found == files.end()) {
        return std::nullopt;
    }
    return http_answer{
        .content_type = type_of(name),
        .body = std::string{found->content},
        .headers = {{"Content-Security-Policy", std::string{content_security_policy}},
                    {"Referrer-Policy", "no-referrer"},
                    {"Cross-Origin-Resource-Policy", "same-origin"},
                    {"Cross-Origin-Opener-Policy", "same-origin"}}};
}

}  // namespace bkes::proxy
