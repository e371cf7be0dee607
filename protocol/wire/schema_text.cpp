#include "protocol/wire/schema_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace bkes::protocol {

namespace {

void append_range(std::string& out, std::string_view what, version_range versions) {
    if (versions.min > versions.max) {
        fmt::format_to(std::back_inserter(out), " {}=none", what);
    } else {
        fmt::format_to(std::back_inserter(out), " {}={}-{}", what, versions.min, versions.max);
    }
}

}  // namespace

version_range common_versions(version_range one, version_range other) {
    return {.min = std::max(one.min, other.min), .max = std::min(one.max, other.max)};
}

void append_schema(std::string& out, const message_schema& schema) {
    fmt::format_to(std::back_inserter(out), "{} key={}", schema.name, schema.key);
    append_range(out, "versions", schema.versions);
    append_range(out, "flexible", common_versions(schema.versions, {.min = schema.flexible_since}));
    out += '\n';
}

void append_field(std::string& out, const field_text& field, version_range enclosing, int depth) {
    const auto versions = common_versions(enclosing, field.rules.versions);
    out.append(static_cast<std::size_t>(depth) * 2, ' ');
    fmt::format_to(std::back_inserter(out), "{} {}{}", field.name, field.is_array ? "[]" : "",
                   field.type);
    append_range(out, "versions", versions);
    const auto null_versions = common_versions(versions, field.rules.null_versions);
    if (null_versions.min <= null_versions.max) {
        append_range(out, "nullable", null_versions);
    }
    if (field.tag >= 0) {
        fmt::format_to(std::back_inserter(out), " tag={}", field.tag);
    }
    if (!field.standard.empty()) {
        fmt::format_to(std::back_inserter(out), " default={}", field.standard);
    }
    out += field.rules.is_ignorable ? " ignorable" : "";
    out += field.rules.is_topic ? " topic\n" : "\n";
}

}  // namespace bkes::protocol
