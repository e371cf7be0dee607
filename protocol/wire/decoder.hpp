#pragma once
// The visitor that reads. Only included by codec_instances.hpp.

#include "protocol/wire/fields.hpp"
#include "protocol/wire/reader.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

/// Elements reserved for an array before the first is read: one byte on the wire can be a hundred
/// in memory, so a length is believed only that far.
inline constexpr std::size_t array_reserve_max = 512;

/// What a message may still take in memory besides itself.
struct memory_budget {
    std::size_t left;
    bool is_exceeded = false;

    /// False if there isn't as much left.
    bool take(std::size_t elements, std::size_t bytes_each) {
        is_exceeded = is_exceeded || elements > left / bytes_each;
        left -= is_exceeded ? 0 : elements * bytes_each;
        return !is_exceeded;
    }
};

/// Reads the fields of one version into a default-constructed message. Errors stay in the reader.
class decoder {
  public:
    decoder(reader& in, std::int16_t version, bool is_flexible, memory_budget& memory)
        : in_{in}, version_{version}, is_flexible_{is_flexible}, memory_{memory} {}

    template <class T>
    void operator()(std::string_view, T& member, field_rules rules = {}) {
        if (rules.versions.contains(version_)) {
            read(member, rules);
        }
    }

    template <class T>
    void bytes(std::string_view, T& member, field_rules rules = {}) {
        if (rules.versions.contains(version_)) {
            set(member, is_flexible_ ? in_.compact_nullable() : in_.nullable_bytes(), rules);
        }
    }

    template <class T>
    void records(std::string_view name, T& member, field_rules rules = {}) {
        bytes(name, member, rules);
    }

    /// Tagged fields stand at the end of their struct, wherever the list names them.
    template <class T>
    void tag(std::uint32_t, std::string_view, T&, field_rules = {}) {}

    template <wire_struct T>
    void read(T& object, field_rules = {}) {
        T::fields(object, *this);
        if (is_flexible_) {
            read_tagged_fields(object);
        }
    }

    void read(std::int8_t& value, field_rules = {}) { value = in_.i8(); }

    void read(std::int16_t& value, field_rules = {}) { value = in_.i16(); }

    void read(std::uint16_t& value, field_rules = {}) { value = in_.u16(); }

    void read(std::int32_t& value, field_rules = {}) { value = in_.i32(); }

    void read(std::int64_t& value, field_rules = {}) { value = in_.i64(); }

    void read(double& value, field_rules = {}) { value = in_.f64(); }

    void read(bool& value, field_rules = {}) { value = in_.boolean(); }

    void read(uuid& value, field_rules = {}) { value = in_.topic_uuid(); }

    void read(bytes_view& value, field_rules rules = {}) { set(value, string(), rules); }

    void read(std::optional<bytes_view>& value, field_rules rules) { set(value, string(), rules); }

    template <class T>
    void read(std::vector<T>& elements, field_rules = {}) {
        const auto length = array_length();
        if (length < 0) {
            in_.fail();
            return;
        }
        read_elements(elements, static_cast<std::size_t>(length));
    }

    template <class T>
    void read(std::optional<std::vector<T>>& elements, field_rules rules) {
        const auto length = array_length();
        if (length < 0) {
            elements.reset();
            check_null(rules);
            return;
        }
        read_elements(elements.emplace(), static_cast<std::size_t>(length));
    }

    /// A byte in front says whether it is there: negative is null.
    template <wire_struct T>
    void read(std::optional<T>& object, field_rules rules) {
        if (in_.i8() < 0) {
            object.reset();
            check_null(rules);
            return;
        }
        read(object.emplace());
    }

  private:
    /// Meets the whole list for one tag number, and reads the field that has it.
    struct one_tagged_field {
        std::uint32_t wanted;
        reader content;
        std::int16_t version;
        memory_budget& memory;
        bool is_known = false;

        void operator()(std::string_view, auto&, field_rules = {}) {}

        void bytes(std::string_view, auto&, field_rules = {}) {}

        void records(std::string_view, auto&, field_rules = {}) {}

        template <class T>
        void tag(std::uint32_t number, std::string_view, T& member, field_rules rules = {}) {
            if (number == wanted && rules.versions.contains(version)) {
                is_known = true;
                decoder{content, version, true, memory}.read(member, rules);
            }
        }
    };

    template <class T>
    void read_tagged_fields(T& object) {
        const auto count = in_.uvarint();
        std::int64_t previous = -1;
        for (std::uint32_t i = 0; i < count && !in_.failed(); ++i) {
            const auto number = in_.uvarint();
            const auto content = in_.take(in_.uvarint());
            one_tagged_field field{.wanted = number,
                                   .content = reader{content},
                                   .version = version_,
                                   .memory = memory_};
            T::fields(object, field);
            if (number <= previous || (field.is_known && !field.content.complete())) {
                in_.fail();
            } else if (!field.is_known && !in_.failed() && fits<unknown_tagged_field>(1)) {
                object.unknown_tags.push_back({.tag = number, .content = content});
            }
            previous = number;
        }
    }

    template <class T>
    void read_elements(std::vector<T>& elements, std::size_t count) {
        if (!fits<T>(count)) {
            return;
        }
        elements.reserve(std::min(count, array_reserve_max));
        for (std::size_t i = 0; i < count && !in_.failed(); ++i) {
            read(elements.emplace_back());
        }
    }

    template <class T>
    [[nodiscard]] bool fits(std::size_t count) {
        const bool has_room = memory_.take(count, sizeof(T));
        if (!has_room) {
            in_.fail();
        }
        return has_room;
    }

    [[nodiscard]] std::int32_t array_length() {
        return is_flexible_ ? in_.compact_array_length() : in_.array_length();
    }

    [[nodiscard]] std::optional<bytes_view> string() {
        const auto value = is_flexible_ ? in_.compact_nullable() : in_.nullable_string();
        if (value && value->size() > string_bytes_max) {
            in_.fail();
        }
        return value;
    }

    void set(bytes_view& member, std::optional<bytes_view> value, field_rules) {
        if (!value) {
            in_.fail();
        }
        member = value.value_or(bytes_view{});
    }

    void set(std::optional<bytes_view>& member, std::optional<bytes_view> value,
             field_rules rules) {
        member = value;
        if (!value) {
            check_null(rules);
        }
    }

    void check_null(field_rules rules) {
        if (!rules.null_versions.contains(version_)) {
            in_.fail();
        }
    }

    reader& in_;
    std::int16_t version_;
    bool is_flexible_;
    memory_budget& memory_;
};

}  // namespace bkes::protocol
