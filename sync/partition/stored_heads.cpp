#include "sync/partition/stored_heads.hpp"

#include "protocol/wire/reader.hpp"

namespace bkes::sync {

namespace {

/// The headers inside a record's body, which begins with the value.
bytes_view headers_of(bytes_view body) {
    protocol::reader in{body};
    if (const auto value_size = in.varint(); value_size > 0) {
        in.skip(static_cast<std::size_t>(value_size));
    }
    return in.rest();
}

}  // namespace

result<std::optional<known_head>> stored_heads::find_head(bytes_view key) {
    const auto head = store_.find_head(topic_, key);
    if (!head) {
        return failure{head.error()};
    }
    if (!*head) {
        const auto home = peers_ == nullptr ? std::nullopt : peers_->home_of_new_key(topic_, key);
        return !home || *home == partition_
                   ? std::optional<known_head>{}
                   : known_head{.home = *home, .next_order = event_order{0}};
    }
    return known_head{.home = (*head)->partition, .next_order = (*head)->next_order};
}

result<std::optional<known_event>> stored_heads::find_event(bytes_view key, event_order order) {
    const auto head = store_.find_head(topic_, key);
    if (!head) {
        return failure{head.error()};
    }
    std::optional<known_event> found;
    if (!*head || order < (*head)->start_order || order >= (*head)->next_order) {
        return found;
    }
    const auto read = store_.read_events(
        {topic_, (*head)->partition}, key, order, [&](const store::stored_event& event) {
            if (event.order == order) {
                const auto id = decoder_.read(headers_of(event.body)).event_id;
                found = known_event{.id = bytes{id.value_or(bytes_view{})}, .offset = event.offset};
            }
            return false;
        });
    if (!read) {
        return failure{read.error()};
    }
    return found;
}

}  // namespace bkes::sync
