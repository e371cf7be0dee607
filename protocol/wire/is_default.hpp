#pragma once
// Whether a field stands at Kafka's default: such a tagged field isn't written, and such a field
// may be missing in a version. Only included by encoder.hpp.

#include "protocol/wire/fields.hpp"

#include <optional>
#include <vector>

namespace bkes::protocol {

template <class T>
bool is_default(const T& value, const T& standard) {
    return value == standard;
}

/// Arrays have no other default than empty or null (Kafka's generator allows none).
template <class T>
bool is_default(const std::vector<T>& value, const std::vector<T>&) {
    return value.empty();
}

template <class T>
bool is_default(const std::optional<std::vector<T>>& value,
                const std::optional<std::vector<T>>& standard) {
    return value.has_value() == standard.has_value() && (!value || value->empty());
}

template <wire_struct T>
bool is_default(const std::optional<T>& value, const std::optional<T>& standard) {
    return value.has_value() == standard.has_value();
}

template <wire_struct T>
bool is_default(const T& object, const T&);

template <class Owner>
struct default_checker {
    const Owner& object;
    bool all_default = true;

    template <class T>
    void operator()(std::string_view, const T& member, field_rules = {}) {
        all_default = all_default && is_default(member, default_of(object, member));
    }

    template <class T>
    void bytes(std::string_view name, const T& member, field_rules = {}) {
        (*this)(name, member);
    }

    template <class T>
    void records(std::string_view name, const T& member, field_rules = {}) {
        (*this)(name, member);
    }

    template <class T>
    void tag(std::uint32_t, std::string_view name, const T& member, field_rules = {}) {
        (*this)(name, member);
    }
};

template <wire_struct T>
bool is_default(const T& object, const T&) {
    default_checker<T> check{.object = object};
    T::fields(object, check);
    return check.all_default && object.unknown_tags.empty();
}

}  // namespace bkes::protocol
