#pragma once
// A request of bkes' own among a client's: it goes upstream in the client's place, under its client
// id, and the client sees nothing of it.

#include "protocol/frame.hpp"
#include "protocol/header.hpp"
#include "protocol/messages/metadata.hpp"
#include "proxy/session/answers_owed.hpp"

#include <cstdint>
#include <utility>

namespace bkes::proxy {

struct own_question {
    const protocol::metadata_request& request;
    std::int16_t version;
    std::int32_t correlation_id;  ///< none that clients use: they count from 0 or 1
    bytes_view client_id;
};

/// Appends it to the bytes for the broker. `answered` completes the entry that waits for the answer.
/// False: it can't be encoded, and nothing was done.
inline bool add_own_question(const own_question& asked, answers_owed& owed, bytes& to_upstream,
                             response_handler answered) {
    const protocol::request_header header{.version = asked.version,
                                          .correlation_id = asked.correlation_id,
                                          .client_id = asked.client_id,
                                          .unknown_tags = {}};
    bytes frame;
    if (!protocol::append_request_frame(header, asked.request, frame)) {
        return false;
    }
    owed_answer entry;
    entry.api_key = protocol::metadata_request::schema.key;
    entry.api_version = asked.version;
    entry.client_correlation_id = asked.correlation_id;
    entry.awaits_upstream = true;
    entry.on_response = std::move(answered);
    owed.add(std::move(entry));
    to_upstream += frame;
    return true;
}

}  // namespace bkes::proxy
