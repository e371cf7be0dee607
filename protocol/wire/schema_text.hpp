#pragma once
// The lines that schema_printer.hpp puts together.

#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace bkes::protocol {

struct field_text {
    std::string_view name{};
    std::string_view type{};
    bool is_array = false;
    field_rules rules{};
    std::int64_t tag = -1;   ///< -1: not tagged
    std::string standard{};  ///< the default as text; empty: a struct, which has none
};

[[nodiscard]] version_range common_versions(version_range one, version_range other);

/// The first line: name, key, versions.
void append_schema(std::string& out, const message_schema& schema);

/// One line, its ranges cut to `enclosing`.
void append_field(std::string& out, const field_text& field, version_range enclosing, int depth);

}  // namespace bkes::protocol
