#pragma once
// The visitor that walks over an encoded message, reporting where each field stands. It reads
// lengths and null marks only. Only included by codec_instances.hpp.

#include "protocol/wire/codec.hpp"
#include "protocol/wire/field_path.hpp"
#include "protocol/wire/fields.hpp"
#include "protocol/wire/partial_walk.hpp"
#include "protocol/wire/reader.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

/// The state of a walk_partial: see partial_walk.hpp.
struct records_gaps {
    std::size_t omitted = 0;  ///< records fields whose content is not in the bytes
    partial_walk progress{};
};

/// `visit` may be null: then only the place of the outermost tagged fields is found. So may `gaps`:
/// then the message is whole.
class locator {
  public:
    locator(reader& in, std::int16_t version, bool is_flexible, const field_visitor* visit,
            records_gaps* gaps = nullptr)
        : in_{in}, version_{version}, is_flexible_{is_flexible}, visit_{visit}, gaps_{gaps} {}

    [[nodiscard]] bool is_stopped() const { return is_stopped_; }

    [[nodiscard]] std::size_t tagged_fields_begin() const { return tagged_fields_begin_; }

    template <wire_message T>
    void walk_message() {
        T::fields(defaults_of<T>, *this);
        tagged_fields_begin_ = in_.position();
        if (is_flexible_) {
            walk_tagged_fields<T>();
        }
    }

    template <class T>
    void operator()(std::string_view name, const T& member, field_rules rules = {}) {
        if (rules.versions.contains(version_) && !is_done()) {
            name_ = name;
            walk_value(member, rules);
        }
    }

    template <class T>
    void bytes(std::string_view name, const T&, field_rules rules = {}) {
        if (rules.versions.contains(version_) && !is_done()) {
            name_ = name;
            const auto begin = in_.position();
            report_text(begin, is_flexible_ ? in_.compact_nullable() : in_.nullable_bytes(), rules);
        }
    }

    template <class T>
    void records(std::string_view name, const T& member, field_rules rules = {}) {
        if (gaps_ == nullptr) {
            bytes(name, member, rules);
        } else if (rules.versions.contains(version_) && !is_done()) {
            pass_records();
        }
    }

    template <class T>
    void tag(std::uint32_t, std::string_view, const T&, field_rules = {}) {}

  private:
    void pass_records() {
        const auto length = is_flexible_ ? std::int64_t{in_.uvarint()} - 1 : in_.i32();
        if (in_.failed() || length <= 0) {
            return;
        }
        if (gaps_->omitted > 0) {
            --gaps_->omitted;
            return;
        }
        const records_place place{.begin = in_.position(),
                                  .size = static_cast<std::size_t>(length)};
        if (place.size > in_.left()) {
            gaps_->progress.ended = partial_walk::outcome::cut_records;
            gaps_->progress.cut = place;
            in_.fail();
            return;
        }
        gaps_->progress.whole_records.push_back(place);
        in_.skip(place.size);
    }

    struct one_tagged_field {
        locator& in;
        std::uint32_t wanted;

        void operator()(std::string_view, const auto&, field_rules = {}) {}

        void bytes(std::string_view, const auto&, field_rules = {}) {}

        void records(std::string_view, const auto&, field_rules = {}) {}

        template <class T>
        void tag(std::uint32_t number, std::string_view name, const T& member,
                 field_rules rules = {}) {
            if (number == wanted) {
                in(name, member, rules);
            }
        }
    };

    template <class T>
    void walk_tagged_fields() {
        const auto count = in_.uvarint();
        std::int64_t previous = -1;
        for (std::uint32_t i = 0; i < count && !is_done(); ++i) {
            one_tagged_field field{.in = *this, .wanted = in_.uvarint()};
            const std::size_t size = in_.uvarint();
            if (size > in_.left() || field.wanted <= previous) {
                in_.fail();
                return;
            }
            previous = field.wanted;
            const auto begin = in_.position();
            T::fields(defaults_of<T>, field);
            const auto used = in_.position() - begin;
            if (is_done()) {
                return;
            }
            if (used != 0 && used != size) {
                in_.fail();
            } else {
                in_.skip(size - used);
            }
        }
    }

    template <wire_struct T>
    void walk_value(const T&, field_rules = {}) {
        const auto parent = path_.enter(name_);
        walk_struct<T>();
        path_.leave(parent);
    }

    template <wire_struct T>
    void walk_struct() {
        T::fields(defaults_of<T>, *this);
        if (is_flexible_ && !is_done()) {
            walk_tagged_fields<T>();
        }
    }

    template <fixed_width T>
    void walk_value(const T&, field_rules rules = {}) {
        const auto begin = in_.position();
        const auto value = in_.take(width_of<T>);
        const auto topic = rules.is_topic ? topic_reference::id : topic_reference::none;
        report({.value = value, .topic = topic, .begin = begin});
    }

    void walk_value(const bytes_view&, field_rules rules = {}) { walk_string(rules); }

    void walk_value(const std::optional<bytes_view>&, field_rules rules) { walk_string(rules); }

    template <class T>
    void walk_value(const std::vector<T>&, field_rules rules = {}) {
        walk_array<T>(rules);
    }

    template <class T>
    void walk_value(const std::optional<std::vector<T>>&, field_rules rules) {
        walk_array<T>(rules);
    }

    template <wire_struct T>
    void walk_value(const std::optional<T>&, field_rules rules) {
        const auto begin = in_.position();
        if (in_.i8() < 0) {
            report_null(begin, rules);
        } else {
            walk_value(defaults_of<T>);
        }
    }

    template <class T>
    void walk_array(field_rules rules) {
        const auto begin = in_.position();
        const auto count = is_flexible_ ? in_.compact_array_length() : in_.array_length();
        if (count < 0) {
            report_null(begin, rules);
            return;
        }
        if constexpr (fixed_width<T>) {
            const auto elements = in_.take(static_cast<std::size_t>(count) * width_of<T>);
            report({.value = elements, .count = count, .begin = begin});
        } else {
            report({.count = count, .begin = begin});
            walk_elements<T>(count, rules);
        }
    }

    template <wire_struct T>
    void walk_elements(std::int32_t count, field_rules) {
        const auto parent = path_.enter(name_);
        for (std::int32_t i = 0; i < count && !is_done(); ++i) {
            walk_struct<T>();
        }
        path_.leave(parent);
    }

    template <class Text>
    void walk_elements(std::int32_t count, field_rules of_array) {
        const auto parent = path_.enter_elements(name_);
        name_ = "[]";
        for (std::int32_t i = 0; i < count && !is_done(); ++i) {
            walk_string({.is_topic = of_array.is_topic});
        }
        path_.leave(parent);
    }

    void walk_string(field_rules rules) {
        const auto begin = in_.position();
        const auto value = is_flexible_ ? in_.compact_nullable() : in_.nullable_string();
        if (value && value->size() > string_bytes_max) {
            in_.fail();
        }
        report_text(begin, value, rules);
    }

    void report_text(std::size_t begin, std::optional<bytes_view> value, field_rules rules) {
        if (value) {
            const auto topic = rules.is_topic ? topic_reference::name : topic_reference::none;
            report({.value = *value, .topic = topic, .begin = begin});
        } else {
            report_null(begin, rules);
        }
    }

    void report_null(std::size_t begin, field_rules rules) {
        if (!rules.null_versions.contains(version_)) {
            in_.fail();
        }
        report({.is_null = true, .begin = begin});
    }

    /// Path and end are filled in here.
    void report(located_field field) {
        if (visit_ == nullptr || in_.failed()) {
            return;
        }
        field.path = {path_.text(), name_};
        field.end = in_.position();
        is_stopped_ = (*visit_)(field) == walk::stop;
    }

    [[nodiscard]] bool is_done() const { return is_stopped_ || in_.failed(); }

    reader& in_;
    std::int16_t version_;
    bool is_flexible_;
    const field_visitor* visit_;
    records_gaps* gaps_;
    field_path path_;          ///< the structs and arrays around the field
    std::string_view name_{};  ///< the field
    std::size_t tagged_fields_begin_ = 0;
    bool is_stopped_ = false;
};

}  // namespace bkes::protocol
