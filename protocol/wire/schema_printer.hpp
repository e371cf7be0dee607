#pragma once
// The visitor that prints the field list itself, one line per field:
//
//     produce_request key=0 versions=3-13 flexible=9-13
//       transactional_id string versions=3-13 nullable=3-13 default=null
//       topic_data []struct versions=3-13
//         name string versions=3-12 default="" ignorable
//
// Ranges are cut to what the message and the enclosing structs have, so equal lists give equal text
// however they are written. Only included by codec_instances.hpp.

#include "protocol/wire/fields.hpp"
#include "protocol/wire/schema_text.hpp"
#include "protocol/wire/value_text.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace bkes::protocol {

class schema_printer {
  public:
    schema_printer(std::string& out, version_range versions, int depth)
        : out_{out}, versions_{versions}, depth_{depth} {}

    template <class T>
    void operator()(std::string_view name, const T& standard, field_rules rules = {}) {
        print(name, standard, rules, no_tag);
    }

    template <class T>
    void bytes(std::string_view name, const T& standard, field_rules rules = {}) {
        print_leaf(name, "bytes", standard, rules);
    }

    template <class T>
    void records(std::string_view name, const T& standard, field_rules rules = {}) {
        print_leaf(name, "records", standard, rules);
    }

    template <class T>
    void tag(std::uint32_t number, std::string_view name, const T& standard,
             field_rules rules = {}) {
        print(name, standard, rules, static_cast<std::int64_t>(number));
    }

  private:
    static constexpr std::int64_t no_tag = -1;

    template <class T>
    static constexpr std::string_view name_of_type(const std::type_identity<T>) {
        if constexpr (std::is_same_v<T, std::int8_t>) {
            return "int8";
        } else if constexpr (std::is_same_v<T, std::int16_t>) {
            return "int16";
        } else if constexpr (std::is_same_v<T, std::uint16_t>) {
            return "uint16";
        } else if constexpr (std::is_same_v<T, std::int32_t>) {
            return "int32";
        } else if constexpr (std::is_same_v<T, std::int64_t>) {
            return "int64";
        } else if constexpr (std::is_same_v<T, double>) {
            return "float64";
        } else if constexpr (std::is_same_v<T, bool>) {
            return "bool";
        } else if constexpr (std::is_same_v<T, uuid>) {
            return "uuid";
        } else if constexpr (std::is_same_v<T, bytes_view>) {
            return "string";
        } else {
            static_assert(wire_struct<T>);
            return "struct";
        }
    }

    template <class T>
    static constexpr std::string_view name_of_type(std::type_identity<std::optional<T>>) {
        return name_of_type(std::type_identity<T>{});
    }

    template <class T>
    void print_leaf(std::string_view name, std::string_view type, const T& standard,
                    field_rules rules) {
        field_text field{.name = name, .type = type, .rules = rules};
        append_value(field.standard, standard);
        append_field(out_, field, versions_, depth_);
    }

    template <class T>
    void print(std::string_view name, const T& standard, field_rules rules, std::int64_t tag) {
        field_text field{.name = name, .rules = rules, .tag = tag};
        field.type = name_of_type(std::type_identity<T>{});
        append_value(field.standard, standard);
        append_field(out_, field, versions_, depth_);
    }

    template <wire_struct T>
    void print(std::string_view name, const T& standard, field_rules rules, std::int64_t tag) {
        append_field(out_, {.name = name, .type = "struct", .rules = rules, .tag = tag}, versions_,
                     depth_);
        print_inside(standard, rules);
    }

    template <wire_struct T>
    void print(std::string_view name, const std::optional<T>& standard, field_rules rules,
               std::int64_t tag) {
        append_field(out_,
                     {.name = name,
                      .type = "struct",
                      .rules = rules,
                      .tag = tag,
                      .standard = standard ? "" : "null"},
                     versions_, depth_);
        print_inside(defaults_of<T>, rules);
    }

    template <class T>
    void print(std::string_view name, const std::vector<T>&, field_rules rules, std::int64_t tag) {
        print_array<T>(name, "[]", rules, tag);
    }

    template <class T>
    void print(std::string_view name, const std::optional<std::vector<T>>& standard,
               field_rules rules, std::int64_t tag) {
        print_array<T>(name, standard ? "[]" : "null", rules, tag);
    }

    template <class T>
    void print_array(std::string_view name, std::string standard, field_rules rules,
                     std::int64_t tag) {
        field_text field{.name = name, .rules = rules, .tag = tag, .standard = std::move(standard)};
        field.is_array = true;
        field.type = name_of_type(std::type_identity<T>{});
        append_field(out_, field, versions_, depth_);
        if constexpr (wire_struct<T>) {
            print_inside(defaults_of<T>, rules);
        }
    }

    template <class T>
    void print_inside(const T& object, field_rules rules) {
        T::fields(object,
                  schema_printer{out_, common_versions(versions_, rules.versions), depth_ + 1});
    }

    std::string& out_;
    version_range versions_;
    int depth_;
};

}  // namespace bkes::protocol
