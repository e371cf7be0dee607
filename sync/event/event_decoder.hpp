#pragma once
// What the headers of a record say about its place in its aggregate (contract section 3).
//
// Immutable, any thread. Views point into the record.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "sync/sequencer/append_types.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace bkes::sync {

enum class order_header_state : std::uint8_t {
    absent,
    readable,    ///< a decimal number, `any` or `exists`
    unreadable,  ///< anything else, null too
    repeated,    ///< the header stands there more than once
};

struct event_headers {
    order_header_state state = order_header_state::absent;
    order_condition condition;           ///< `any` unless the header is readable
    std::optional<bytes_view> event_id;  ///< of the first event id header; null counts as none
};

/// `0`, or digits without a leading zero, at most 2^63-1.
std::optional<event_order> parse_order(bytes_view text);

class event_decoder {
  public:
    /// An empty `event_id_header` reads no ids.
    event_decoder(std::string order_header, std::string event_id_header);

    /// Of the encoded headers of a record, from the header count on.
    [[nodiscard]] event_headers read(bytes_view encoded_headers) const;

    /// The number in the order header, if there is exactly one and it is a number: what counts for
    /// the first retained event of an aggregate (contract section 7).
    [[nodiscard]] std::optional<event_order> declared_order(bytes_view encoded_headers) const;

    [[nodiscard]] const std::string& order_header() const { return order_header_; }

    [[nodiscard]] bool reads_event_ids() const { return !event_id_header_.empty(); }

  private:
    std::string order_header_;
    std::string event_id_header_;
};

}  // namespace bkes::sync
