#include "proxy/web/web_request.hpp"

#include "proxy/config/values.hpp"
#include "proxy/log/text.hpp"
#include "sync/sasl/base64.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/parse_path.hpp>
#include <boost/url/parse_query.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace bkes::proxy {

namespace urls = boost::urls;

namespace {

std::unexpected<problem> bad(std::string detail) {
    return std::unexpected{problem{400, std::move(detail)}};
}

bytes decoded(urls::pct_string_view text, bool plus_is_blank) {
    urls::encoding_opts options;
    options.space_as_plus = plus_is_blank;
    return text.decode(options);
}

}  // namespace

std::optional<std::vector<bytes>> segments_of(std::string_view path) {
    const auto parsed = urls::parse_path({path.data(), path.size()});
    if (!parsed || !path.starts_with('/')) {
        return std::nullopt;
    }
    std::vector<bytes> all;
    for (const auto& segment : *parsed) {
        all.push_back(decoded(segment, false));
    }
    return all;
}

or_problem<web_parameters> web_parameters::read(std::string_view query,
                                                std::initializer_list<std::string_view> known) {
    web_parameters read;
    if (query.empty()) {
        return read;
    }
    const auto parsed = urls::parse_query({query.data(), query.size()});
    if (!parsed) {
        return bad("the query can't be read: a character in it has to be percent-encoded");
    }
    for (const auto& one : *parsed) {
        auto name = decoded(one.key, true);
        if (name.empty() && !one.has_value) {
            continue;  // a & too many
        }
        if (std::ranges::find(known, name) == known.end()) {
            return bad(fmt::format("there is no parameter {} here", in_quotes(name)));
        }
        if (!read.given_.emplace(name, decoded(one.value, true)).second) {
            return bad(fmt::format("parameter {} is given twice", name));
        }
    }
    return read;
}

std::optional<bytes_view> web_parameters::text(std::string_view name) const {
    const auto found = given_.find(name);
    return found == given_.end() ? std::nullopt : std::optional<bytes_view>{found->second};
}

or_problem<std::optional<bytes>> web_parameters::bytes_of(std::string_view name) const {
    const auto name64 = std::string{name} + "64";
    const auto encoded = text(name64);
    if (!encoded) {
        const auto plain = text(name);
        return plain ? std::optional<bytes>{*plain} : std::nullopt;
    }
    auto data = read_base64(*encoded);
    if (!data) {
        return bad(fmt::format("{} is no Base64", name64));
    }
    return data;
}

or_problem<std::optional<std::int64_t>> web_parameters::number(std::string_view name,
                                                               std::int64_t min,
                                                               std::int64_t max) const {
    const auto given = text(name);
    if (!given) {
        return std::nullopt;
    }
    const auto parsed = parse_number(*given, min, max);
    if (!parsed) {
        return bad(max == std::numeric_limits<std::int64_t>::max()
                       ? fmt::format("{} must be a number, {} at least", name, min)
                       : fmt::format("{} must be a number from {} to {}", name, min, max));
    }
    return parsed;
}

std::optional<bytes> read_base64(bytes_view text) {
    bytes standard{text};
    std::ranges::replace(standard, '-', '+');
    std::ranges::replace(standard, ' ', '+');  // a + that wasn't encoded in a query
    std::ranges::replace(standard, '_', '/');
    if (!standard.contains('=')) {
        standard.resize((standard.size() + 3) / 4 * 4, '=');
    }
    return sync::base64_decode(standard);
}

std::string percent_encoded(bytes_view data) {
    return urls::encode({data.data(), data.size()}, urls::unreserved_chars);
}

bool is_safe_segment(bytes_view data) {
    return !data.empty() && data != "." && data != "..";
}

}  // namespace bkes::proxy
