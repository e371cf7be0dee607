#include "sync/event/event_decoder.hpp"

#include "protocol/batch/record_batch.hpp"

#include <charconv>
#include <utility>

namespace bkes::sync {

namespace {

/// False if the text is none of the three forms.
bool read_condition(bytes_view text, order_condition& condition) {
    if (text == "any") {
        condition = order_condition::any();
        return true;
    }
    if (text == "exists") {
        condition = order_condition::exists();
        return true;
    }
    const auto number = parse_order(text);
    if (number) {
        condition = order_condition::exactly(number->value());
    }
    return number.has_value();
}

}  // namespace

std::optional<event_order> parse_order(bytes_view text) {
    if (text.empty() || text.front() < '0' || text.front() > '9' ||
        (text.front() == '0' && text.size() > 1)) {
        return std::nullopt;
    }
    std::int64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec != std::errc{} || parsed.ptr != end) {
        return std::nullopt;
    }
    return event_order{number};
}

event_decoder::event_decoder(std::string order_header, std::string event_id_header)
    : order_header_{std::move(order_header)}, event_id_header_{std::move(event_id_header)} {}

event_headers event_decoder::read(bytes_view encoded_headers) const {
    event_headers found;
    protocol::for_each_header(encoded_headers, [&](const protocol::record_header& header) {
        if (header.key == order_header_) {
            if (found.state != order_header_state::absent) {
                found.state = order_header_state::repeated;
                found.condition = order_condition::any();
                return;
            }
            const bool is_readable = header.value && read_condition(*header.value, found.condition);
            found.state =
                is_readable ? order_header_state::readable : order_header_state::unreadable;
        } else if (reads_event_ids() && header.key == event_id_header_ && !found.event_id) {
            found.event_id = header.value;
        }
    });
    return found;
}

std::optional<event_order> event_decoder::declared_order(bytes_view encoded_headers) const {
    const auto found = read(encoded_headers);
    if (found.state != order_header_state::readable ||
        found.condition.what != order_condition::kind::exactly) {
        return std::nullopt;
    }
    return found.condition.number;
}

}  // namespace bkes::sync
