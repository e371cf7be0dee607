#pragma once
// What can be done with a message: declared here, defined over the field list by the visitors, and
// compiled once in the message's own .cpp (BKES_INSTANTIATE_CODEC). Including a message's header
// costs a struct; a message without that line is a linker error.
//
// Views in a decoded message point into `body`, so the frame must outlive it. Thread-safe: nothing
// here has state.

#include "protocol/core/bytes.hpp"
#include "protocol/core/function_ref.hpp"
#include "protocol/core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace bkes::protocol {

inline constexpr std::size_t any_memory = std::numeric_limits<std::size_t>::max();

/// Decodes one whole body (what follows the header). Fails with protocol_errc::malformed if a byte
/// was missing or, in a response, one was left over (message_schema::ignores_tail), with
/// unsupported_version outside of `Message::schema.versions`, and with too_many_elements if those
/// of its arrays, all together, would take more than `memory_max` bytes: two bytes on the wire can
/// be a hundred in memory, and lengths are counted before they are believed.
template <class Message>
[[nodiscard]] result<Message> decode(bytes_view body, std::int16_t version,
                                     std::size_t memory_max = any_memory);

/// Appends the body to `out`. Fails, leaving `out` as it was, with unsupported_version,
/// field_not_in_version (a field that is not at its default, or null, where the version can't say
/// so) or field_too_long (a string over 32767 bytes).
template <class Message>
[[nodiscard]] result<void> encode(const Message& message, std::int16_t version, bytes& out);

/// The message for people: logs and tests. Only the fields that `version` has.
template <class Message>
[[nodiscard]] std::string describe(const Message& message, std::int16_t version);

/// The field list as text, one line per field: the committed schemas and the comparison with Kafka.
template <class Message>
[[nodiscard]] std::string schema_text();

/// Names from the top joined by dots: "topic_data.partition_data.records". The elements of an array
/// of strings are "coordinator_keys[]". Kept in two parts, as most are only compared and unequal.
class field_place {
  public:
    constexpr field_place() = default;

    constexpr field_place(std::string_view inside_of, std::string_view name)
        : inside_of_{inside_of}, name_{name} {}

    friend constexpr bool operator==(field_place place, std::string_view path) {
        return path.size() == place.inside_of_.size() + place.name_.size() &&
               path.ends_with(place.name_) && path.starts_with(place.inside_of_);
    }

    [[nodiscard]] std::string text() const { return std::string{inside_of_}.append(name_); }

  private:
    std::string_view inside_of_{};
    std::string_view name_{};
};

/// How a field of a request names a topic, if it does.
enum class topic_reference : std::uint8_t { none, name, id };

/// A field met by `locate`.
struct located_field {
    field_place path{};  ///< valid during the call only
    /// The value without its length: text, bytes, big-endian number (see number_of), the elements
    /// of an array of numbers. Empty for an array of structs or strings, whose elements follow.
    bytes_view value{};
    /// Elements of an array, 0 otherwise.
    std::int32_t count = 0;
    bool is_null = false;
    topic_reference topic = topic_reference::none;
    /// Place in the body, with the length in front of the value. For an array whose elements
    /// follow: only that length. For a tagged field: its content, without tag and size.
    std::size_t begin = 0;
    std::size_t end = 0;
};

enum class walk : std::uint8_t { go_on, stop };

using field_visitor = function_ref<walk(const located_field&)>;

/// Walks over an encoded body and tells `visit` each field in wire order, without allocating and
/// without decoding what is skipped. Fails as `decode` does, unless stopped before the bad place.
///
///     locate<produce_request>(body, version, [&](const located_field& field) {
///         if (field.path == "acks") acks = number_of<std::int16_t>(field.value);
///         if (field.path == "topic_data.name") ...
///         return walk::go_on;
///     });
template <class Message>
[[nodiscard]] result<void> locate(bytes_view body, std::int16_t version, field_visitor visit);

/// Where the message's own (outermost) tagged fields begin: the section of a response reaches to
/// the end of the body, behind that of a request there may be more. The end of the message where
/// the version is not flexible. See tagged_fields.hpp.
template <class Message>
[[nodiscard]] result<std::size_t> locate_tagged_fields(bytes_view body, std::int16_t version);

}  // namespace bkes::protocol
