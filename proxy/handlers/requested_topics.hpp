#pragma once
// Which topics of a request are the brokers' and which are bkes' own: by name, and by id from the
// versions on that name topics so.

#include "proxy/key_topics/key_topic.hpp"
#include "proxy/session/server_state.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace bkes::proxy {

/// One topic as a request names it.
struct requested_topic {
    topic_kind kind = topic_kind::real;
    std::string name;              ///< of a key topic; empty if its id isn't known here
    std::optional<key_topic> key;  ///< of a well-formed key topic

    [[nodiscard]] bool is_real() const { return kind == topic_kind::real; }

    /// A key topic's id that this instance has not handed out since its start.
    [[nodiscard]] bool is_unknown_id() const { return kind == topic_kind::key && !key; }
};

inline requested_topic classify_name(const server_state& server, bytes_view name) {
    requested_topic topic{.kind = server.key_topics.kind_of(name), .name = {}, .key = {}};
    if (topic.kind == topic_kind::key) {
        topic.name = name;
        topic.key = server.key_topics.parse(name);
    }
    return topic;
}

inline requested_topic classify_id(server_state& server, const uuid& id) {
    if (!is_key_topic_id(id)) {
        return {};
    }
    const auto name = server.key_ids.name_of(id);
    return name ? classify_name(server, *name)
                : requested_topic{.kind = topic_kind::key, .name = {}, .key = {}};
}

/// Of a guarded topic; zeros while it isn't known.
inline uuid guarded_topic_id(const server_state& server, bytes_view topic) {
    const auto cluster = server.guarded.cluster();
    const auto* const seen = cluster ? cluster->topic(topic) : nullptr;
    return seen == nullptr ? uuid{} : seen->id;
}

/// Counts what a request asks about topics that aren't the brokers': `count(topic)` of each.
template <class Topics, class Count>
std::size_t count_own(const server_state& server, const Topics& topics, Count count) {
    std::size_t found = 0;
    for (const auto& topic : topics) {
        if (server.key_topics.kind_of(topic.name) != topic_kind::real) {
            found += count(topic);
        }
    }
    return found;
}

/// For requests whose topics carry a name or, in later versions, an id instead of it; the other one
/// is empty. Who gives both names a key topic if either does.
inline requested_topic classify(server_state& server, bytes_view name, const uuid& id) {
    auto topic = classify_name(server, name);
    return topic.is_real() ? classify_id(server, id) : topic;
}

}  // namespace bkes::proxy
