#pragma once
// The visitor that writes. Only included by codec_instances.hpp.

#include "protocol/errors.hpp"
#include "protocol/wire/fields.hpp"
#include "protocol/wire/is_default.hpp"
#include "protocol/wire/writer.hpp"

#include <cstdint>
#include <optional>
#include <system_error>
#include <vector>

namespace bkes::protocol {

/// Writes values of one version. The first error is kept; what is written after it is of no use.
class encoder {
  public:
    encoder(bytes& out, std::int16_t version, bool is_flexible)
        : out_{out}, version_{version}, is_flexible_{is_flexible} {}

    [[nodiscard]] std::error_code error() const { return error_; }

    template <wire_struct T>
    void write(const T& object, field_rules = {}) {
        T::fields(object, plain_fields<T>{*this, object});
        if (is_flexible_) {
            write_tagged_fields(object);
        } else if (!object.unknown_tags.empty()) {
            fail(protocol_errc::field_not_in_version);
        }
    }

    void write(std::int8_t value, field_rules = {}) { out_.i8(value); }

    void write(std::int16_t value, field_rules = {}) { out_.i16(value); }

    void write(std::uint16_t value, field_rules = {}) { out_.u16(value); }

    void write(std::int32_t value, field_rules = {}) { out_.i32(value); }

    void write(std::int64_t value, field_rules = {}) { out_.i64(value); }

    void write(double value, field_rules = {}) { out_.f64(value); }

    void write(bool value, field_rules = {}) { out_.boolean(value); }

    void write(const uuid& value, field_rules = {}) { out_.topic_uuid(value); }

    void write(bytes_view value, field_rules = {}) {
        if (value.size() > string_bytes_max) {
            fail(protocol_errc::field_too_long);
        } else if (is_flexible_) {
            out_.compact_string(value);
        } else {
            out_.string(value);
        }
    }

    void write(const std::optional<bytes_view>& value, field_rules rules) {
        if (value) {
            write(*value);
        } else if (check_null(rules)) {
            is_flexible_ ? out_.compact_nullable({}) : out_.nullable_string({});
        }
    }

    template <class T>
    void write(const std::vector<T>& elements, field_rules = {}) {
        write_array_length(static_cast<std::int32_t>(elements.size()));
        for (const auto& element : elements) {
            write(element);
        }
    }

    template <class T>
    void write(const std::optional<std::vector<T>>& elements, field_rules rules) {
        if (elements) {
            write(*elements);
        } else if (check_null(rules)) {
            write_array_length(-1);
        }
    }

    template <wire_struct T>
    void write(const std::optional<T>& object, field_rules rules) {
        if (object) {
            out_.i8(1);
            write(*object);
        } else if (check_null(rules)) {
            out_.i8(-1);
        }
    }

    void write_bytes(const std::optional<bytes_view>& value, field_rules rules) {
        if (value || check_null(rules)) {
            is_flexible_ ? out_.compact_nullable(value) : out_.nullable_bytes(value);
        }
    }

  private:
    /// Meets the list for everything but tagged fields.
    template <class Owner>
    struct plain_fields {
        encoder& to;
        const Owner& object;

        template <class T>
        void operator()(std::string_view, const T& member, field_rules rules = {}) {
            if (rules.versions.contains(to.version_)) {
                to.write(member, rules);
            } else {
                to.check_absent(object, member, rules);
            }
        }

        template <class T>
        void bytes(std::string_view, const T& member, field_rules rules = {}) {
            if (rules.versions.contains(to.version_)) {
                to.write_bytes(member, rules);
            } else {
                to.check_absent(object, member, rules);
            }
        }

        template <class T>
        void records(std::string_view name, const T& member, field_rules rules = {}) {
            bytes(name, member, rules);
        }

        template <class T>
        void tag(std::uint32_t, std::string_view, const T& member, field_rules rules = {}) {
            if (!to.is_flexible_ || !rules.versions.contains(to.version_)) {
                to.check_absent(object, member, rules);
            }
        }
    };

    /// Meets the list for its tagged fields; those at their default aren't written. Runs twice,
    /// as their number stands in front.
    template <class Owner>
    struct tagged_fields {
        encoder& to;
        const Owner& object;
        bool is_counting;
        std::uint32_t count = 0;
        std::size_t unknown_written = 0;

        void operator()(std::string_view, const auto&, field_rules = {}) {}

        void bytes(std::string_view, const auto&, field_rules = {}) {}

        void records(std::string_view, const auto&, field_rules = {}) {}

        template <class T>
        void tag(std::uint32_t number, std::string_view, const T& member, field_rules rules = {}) {
            if (!rules.versions.contains(to.version_) ||
                is_default(member, default_of(object, member))) {
                return;
            }
            if (is_counting) {
                ++count;
                return;
            }
            write_unknown_below(number);
            bkes::bytes content;
            encoder inner{content, to.version_, true};
            inner.write(member, rules);
            if (inner.error_) {
                to.error_ = inner.error_;
            }
            to.write_tagged_field(number, content);
        }

        void write_unknown_below(std::uint64_t number) {
            for (; unknown_written < object.unknown_tags.size(); ++unknown_written) {
                const auto& field = object.unknown_tags[unknown_written];
                if (field.tag >= number) {
                    return;
                }
                to.write_tagged_field(field.tag, field.content);
            }
        }
    };

    template <class T>
    void write_tagged_fields(const T& object) {
        tagged_fields<T> visit{.to = *this, .object = object, .is_counting = true};
        T::fields(object, visit);
        out_.uvarint(visit.count + static_cast<std::uint32_t>(object.unknown_tags.size()));
        if (visit.count > 0) {
            visit.is_counting = false;
            T::fields(object, visit);
        }
        visit.write_unknown_below(std::uint64_t{1} << 32U);
    }

    void write_tagged_field(std::uint32_t number, bytes_view content) {
        out_.uvarint(number);
        out_.uvarint(static_cast<std::uint32_t>(content.size()));
        out_.raw(content);
    }

    void write_array_length(std::int32_t length) {
        is_flexible_ ? out_.compact_array_length(length) : out_.array_length(length);
    }

    template <class Owner, class T>
    void check_absent(const Owner& object, const T& member, field_rules rules) {
        if (!rules.is_ignorable && !is_default(member, default_of(object, member))) {
            fail(protocol_errc::field_not_in_version);
        }
    }

    [[nodiscard]] bool check_null(field_rules rules) {
        if (!rules.null_versions.contains(version_)) {
            fail(protocol_errc::field_not_in_version);
            return false;
        }
        return true;
    }

    void fail(protocol_errc code) {
        if (!error_) {
            error_ = make_error_code(code);
        }
    }

    writer out_;
    std::int16_t version_;
    bool is_flexible_;
    std::error_code error_;
};

}  // namespace bkes::protocol
