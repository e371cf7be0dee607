#pragma once
// Names and ids of key topics (contract section 5): `<topic>.key.<key>`, where bytes of the key
// other than A-Z a-z 0-9 _ - are written .XX in upper-case hex.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bkes::proxy {

/// Kafka's own limit on a topic name.
inline constexpr std::size_t topic_name_bytes_max = 249;

struct key_topic {
    bytes topic;  ///< the guarded topic
    bytes key;

    friend bool operator==(const key_topic&, const key_topic&) = default;
};

/// What a topic name is to bkes.
enum class topic_kind {
    real,       ///< not in the name space of a guarded topic: the brokers'
    key,        ///< a well-formed key topic
    malformed,  ///< in the name space, but not what any key gives: INVALID_TOPIC_EXCEPTION
};

/// The name of a key topic; empty if it would be longer than Kafka allows.
std::optional<std::string> key_topic_name(bytes_view topic, bytes_view key);

/// The name, or what Kafka's limit leaves of it: what a key's rights go by.
std::string key_topic_name_start(bytes_view topic, bytes_view key);

/// A stable id made from the name, the same on every instance: the first bytes of its SHA-256 as a
/// UUID of version 8 (RFC 9562). Kafka's own ids are of version 4, so the two never meet.
uuid key_topic_id(bytes_view name);

/// True for every id that `key_topic_id` can give.
bool is_key_topic_id(const uuid& id);

/// Tells key topics from real ones. Immutable, so free to share between threads.
class key_topic_names {
  public:
    explicit key_topic_names(const std::vector<std::string>& guarded_topics);

    [[nodiscard]] topic_kind kind_of(bytes_view name) const;

    /// The key topic of that name, if `kind_of` says key.
    [[nodiscard]] std::optional<key_topic> parse(bytes_view name) const;

  private:
    struct name_space {
        bytes topic;
        bytes prefix;  ///< `<topic>.key.`
    };

    [[nodiscard]] const name_space* find(bytes_view name) const;

    std::vector<name_space> spaces_;
};

}  // namespace bkes::proxy
