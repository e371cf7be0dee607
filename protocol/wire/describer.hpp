#pragma once
// The visitor that prints a message: `{acks: -1, topic_data: [{name: "bkes", ...}]}`. Only included
// by codec_instances.hpp.

#include "protocol/wire/fields.hpp"
#include "protocol/wire/value_text.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bkes::protocol {

class describer {
  public:
    describer(std::string& out, std::int16_t version) : out_{out}, version_{version} {}

    template <class T>
    void operator()(std::string_view name, const T& member, field_rules rules = {}) {
        if (rules.versions.contains(version_)) {
            begin_field(name);
            print(member);
        }
    }

    template <class T>
    void bytes(std::string_view name, const T& member, field_rules rules = {}) {
        if (rules.versions.contains(version_)) {
            begin_field(name);
            append_bytes(out_, member);
        }
    }

    template <class T>
    void records(std::string_view name, const T& member, field_rules rules = {}) {
        bytes(name, member, rules);
    }

    template <class T>
    void tag(std::uint32_t, std::string_view name, const T& member, field_rules rules = {}) {
        (*this)(name, member, rules);
    }

    template <class T>
    void print(const T& value) {
        append_value(out_, value);
    }

    template <wire_struct T>
    void print(const T& object) {
        out_ += '{';
        is_first_ = true;
        T::fields(object, *this);
        for (const auto& field : object.unknown_tags) {
            begin_field("tag_" + std::to_string(field.tag));
            append_bytes(out_, field.content);
        }
        out_ += '}';
        is_first_ = false;
    }

    template <class T>
    void print(const std::vector<T>& elements) {
        out_ += '[';
        bool is_first_element = true;
        for (const auto& element : elements) {
            if (!is_first_element) {
                out_ += ", ";
            }
            is_first_element = false;
            print(element);
        }
        out_ += ']';
        is_first_ = false;
    }

    template <class T>
    void print(const std::optional<std::vector<T>>& elements) {
        print_or_null(elements);
    }

    template <wire_struct T>
    void print(const std::optional<T>& object) {
        print_or_null(object);
    }

  private:
    template <class T>
    void print_or_null(const std::optional<T>& value) {
        if (value) {
            print(*value);
        } else {
            out_ += "null";
        }
    }

    void begin_field(std::string_view name) {
        if (!is_first_) {
            out_ += ", ";
        }
        is_first_ = false;
        out_ += name;
        out_ += ": ";
    }

    std::string& out_;
    std::int16_t version_;
    bool is_first_ = true;
};

}  // namespace bkes::protocol
