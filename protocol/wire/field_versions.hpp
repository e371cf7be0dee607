#pragma once
// Since when a message has a field, as its field list says: for code that has to do something else
// from that version on. A name that the list doesn't have is an error of the compiler.
//
//     constexpr auto with_ids = protocol::first_version_of<fetch_request::topic>("topic_id");

#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <string_view>
#include <utility>

namespace bkes::protocol {

/// Given to a field list, finds the versions of the field of that name.
struct field_search {
    std::string_view name;
    version_range found = no_version;

    constexpr void operator()(std::string_view field, const auto&,
                              const field_rules& rules = always) {
        if (field == name) {
            found = rules.versions;
        }
    }

    constexpr void bytes(std::string_view field, const auto& member,
                         const field_rules& rules = always) {
        (*this)(field, member, rules);
    }

    constexpr void records(std::string_view field, const auto& member,
                           const field_rules& rules = always) {
        (*this)(field, member, rules);
    }

    constexpr void tag(std::uint32_t, std::string_view field, const auto& member,
                       const field_rules& rules = always) {
        (*this)(field, member, rules);
    }
};

/// `Struct` is the one whose own list has the field, not one that holds it.
template <wire_struct Struct>
consteval std::int16_t first_version_of(std::string_view name) {
    field_search search{.name = name};
    Struct::fields(Struct{}, search);
    if (search.found == no_version) {
        std::unreachable();
    }
    return search.found.min;
}

}  // namespace bkes::protocol
