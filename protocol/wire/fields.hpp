#pragma once
// The idiom in which every Kafka message is written down: a plain struct and one list of its fields
// in wire order. All that is done with a message (decode, encode, locate, describe, print its
// schema) is a *visitor* over that list, so a field is never written twice.
//
//     struct list_keys_request {
//         static constexpr message_schema schema{
//             .name = "list_keys_request", .key = 20002, .versions = {0, 0}, .flexible_since = 0};
//
//         bytes_view topic{};                  // default initialiser = Kafka's default
//         std::int32_t limit = 100;
//         unknown_tagged_fields unknown_tags{};  // every struct ends with it
//
//         static constexpr void fields(auto&& m, auto&& f) {
//             f("topic", m.topic);
//             f("limit", m.limit, since(1).ignorable());
//         }
//     };
//
// The lines:
//   f("name", m.name, rules)         number, bool, uuid, string, struct, or an array of those
//   f.bytes("name", m.name, rules)   bytes: same members as a string, but a 4-byte length before
//                                    flexible versions
//   f.records("name", m.name, rules) record batches; as bytes
//   f.tag(0, "name", m.name, rules)  a tagged field (KIP-482), numbers ascending in the list
//
// Members and their wire types:
//   std::int8_t, int16_t, uint16_t, int32_t, int64_t, double, bool, uuid
//   bytes_view, std::optional<bytes_view>          string; nullable string
//   a struct, std::optional<struct>                in line; nullable, one byte in front
//   std::vector<T>, std::optional<std::vector<T>>  array; nullable array
// An optional member may be null on the wire only in the versions that `nullable` names.
// A field that changes its type is two members with disjoint versions (name 0-12, topic_id 13+).

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace bkes::protocol {

/// Versions min to max, both included. Empty when max < min.
struct version_range {
    std::int16_t min = 0;
    std::int16_t max = std::numeric_limits<std::int16_t>::max();

    [[nodiscard]] constexpr bool contains(std::int16_t version) const {
        return min <= version && version <= max;
    }

    friend constexpr bool operator==(const version_range&, const version_range&) = default;
};

inline constexpr version_range every_version{};
inline constexpr version_range no_version{.min = 0, .max = -1};

/// `flexible_since` of a message that never becomes flexible.
inline constexpr std::int16_t never_flexible = std::numeric_limits<std::int16_t>::max();

/// In which versions a field exists, may be null, whether it may be lost, and whether a topic is
/// named there.
struct field_rules {
    version_range versions = every_version;
    version_range null_versions = no_version;
    bool is_ignorable = false;
    bool is_topic = false;

    /// Null is allowed in every version that has the field, or from `first` on.
    [[nodiscard]] constexpr field_rules nullable(std::int16_t first = 0) const {
        auto rules = *this;
        rules.null_versions = {.min = first};
        return rules;
    }

    /// A version that lacks the field drops its value; otherwise encoding it there is an error.
    [[nodiscard]] constexpr field_rules ignorable() const {
        auto rules = *this;
        rules.is_ignorable = true;
        return rules;
    }

    /// The name of a topic (Kafka's entityType "topicName") or its id. Said in requests only, where
    /// a key topic must not pass (contract section 9).
    [[nodiscard]] constexpr field_rules topic() const {
        auto rules = *this;
        rules.is_topic = true;
        return rules;
    }
};

inline constexpr field_rules always{};

constexpr field_rules since(std::int16_t first) {
    return {.versions = {.min = first}};
}

constexpr field_rules until(std::int16_t last) {
    return {.versions = {.min = 0, .max = last}};
}

constexpr field_rules between(std::int16_t first, std::int16_t last) {
    return {.versions = {.min = first, .max = last}};
}

/// What is said once per message. `versions` are those that this code reads and writes.
struct message_schema {
    std::string_view name;
    std::int16_t key;
    version_range versions;
    std::int16_t flexible_since;

    /// Bytes behind a request that is understood are nobody's concern: brokers don't look at them,
    /// and clients send some (librdkafka three behind Metadata, librdkafka#5049). Behind a response
    /// they mean that it was not understood.
    [[nodiscard]] constexpr bool ignores_tail() const { return name.ends_with("_request"); }
};

/// A tagged field that the schema doesn't know: kept as it came, written back as it came.
struct unknown_tagged_field {
    std::uint32_t tag = 0;
    bytes_view content;
};

/// Ascending by tag.
using unknown_tagged_fields = std::vector<unknown_tagged_field>;

/// A struct written in the idiom above.
template <class T>
concept wire_struct = requires(T& object) { object.unknown_tags; };

/// A whole request or response.
template <class T>
concept wire_message = wire_struct<T> && requires { T::schema; };

/// Kafka refuses longer strings in every version, also where the wire could hold them.
inline constexpr std::size_t string_bytes_max = 32767;

/// Elements of an array that all take the same bytes in every version, so it is skipped at once.
template <class T>
concept fixed_width = std::is_arithmetic_v<T> || std::is_same_v<T, uuid>;

/// Bytes of a fixed-width value on the wire.
template <fixed_width T>
inline constexpr std::size_t width_of = std::is_same_v<T, bool> ? 1 : sizeof(T);

/// A message as it stands before anything is set: every field at Kafka's default.
template <class T>
inline constexpr T defaults_of{};

/// The default of `member`, which is a field of `object`: the same place in a fresh object.
template <class Owner, class Member>
const Member& default_of(const Owner& object, const Member& member) {
    const auto place =
        reinterpret_cast<const char*>(&member) - reinterpret_cast<const char*>(&object);
    return *reinterpret_cast<const Member*>(reinterpret_cast<const char*>(&defaults_of<Owner>) +
                                            place);
}

}  // namespace bkes::protocol
