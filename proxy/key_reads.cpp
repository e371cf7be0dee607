#include "proxy/key_reads.hpp"

namespace bkes::proxy {

namespace {

template <class Visit>
result<void> visit_events(server_state& server, const key_topic& topic,
                          const aggregate_range& range, Visit visit) {
    if (!range.head) {
        return {};
    }
    return server.events.read_events(
        {topic.topic, range.head->partition}, topic.key, range.start,
        [&](const store::stored_event& event) { return event.order < range.next && visit(event); });
}

}  // namespace

result<aggregate_range> find_range(server_state& server, bytes_view topic, bytes_view key) {
    auto head = server.events.find_head(topic, key);
    if (!head) {
        return failure{head.error()};
    }
    if (!*head) {
        return aggregate_range{};
    }
    return aggregate_range{(*head)->start_order, (*head)->next_order, *head};
}

result<found_offset> find_by_time(server_state& server, const key_topic& topic,
                                  const aggregate_range& range, std::int64_t timestamp_ms) {
    found_offset found;
    const auto read = visit_events(server, topic, range, [&](const store::stored_event& event) {
        if (event.timestamp_ms < timestamp_ms) {
            return true;
        }
        found = {event.order.value(), event.timestamp_ms};
        return false;
    });
    return read ? result<found_offset>{found} : failure{read.error()};
}

result<found_offset> find_largest_time(server_state& server, const key_topic& topic,
                                       const aggregate_range& range) {
    found_offset found;
    const auto read = visit_events(server, topic, range, [&](const store::stored_event& event) {
        if (found.offset < 0 || event.timestamp_ms > found.timestamp_ms) {
            found = {event.order.value(), event.timestamp_ms};
        }
        return true;
    });
    return read ? result<found_offset>{found} : failure{read.error()};
}

}  // namespace bkes::proxy
