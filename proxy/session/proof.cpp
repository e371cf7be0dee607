// session: what a client may do of whom isn't known whether the broker listens to him.
//
// Whether a cluster wants a login, and whether this client has logged in, only the broker can say. It
// says so by answering: to somebody without a login it answers ApiVersions and SASL's own requests, and
// nothing else. Until then a request may be as large as a broker itself lets one be that logs in. A
// larger one is no fault, as on a cluster without logins the first request can be any; so bkes asks the
// broker for something small in the client's place, and reads on when there is an answer.

#include "protocol/messages/metadata.hpp"
#include "proxy/session/own_question.hpp"
#include "proxy/session/server_state.hpp"
#include "proxy/session/session.hpp"

#include <utility>
#include <vector>

namespace bkes::proxy {

using protocol::metadata_request;

namespace {

/// Kafka's own sasl.server.max.receive.size.
constexpr std::size_t unproven_frame_bytes_max = std::size_t{512} << 10U;

/// The first in which no topic can be asked for; every broker answers it, and nobody needs a right.
constexpr std::int16_t proof_version = 1;

/// Clients count from 0 or 1.
constexpr std::int32_t proof_id = 0x70726f66;

bool is_answered_to_anybody(const owed_answer& entry) {
    const auto key = static_cast<protocol::api_key>(entry.api_key);
    return entry.is_raw || key == protocol::api_key::api_versions ||
           key == protocol::api_key::sasl_handshake || key == protocol::api_key::sasl_authenticate;
}

}  // namespace

bool session::is_announced_too_large(std::size_t frame_bytes) const {
    return !patience_.is_proven() && frame_bytes > unproven_frame_bytes_max;
}

/// Nothing is read from the client meanwhile. The broker may end the connection instead of answering.
session::awaitable session::await_proof() {
    while (takes_requests() && !patience_.is_proven()) {
        if (owed_.first_awaiting_upstream() == nullptr) {  // else that may be proof
            ask_for_proof();
            co_await write_upstream({});
        } else {
            co_await wait_for_progress();
        }
    }
}

void session::ask_for_proof() {
    const metadata_request about_nothing{.topics = std::vector<metadata_request::topic>{}};
    const bool is_asked =
        add_own_question({about_nothing, proof_version, proof_id, client_id_}, owed_, to_upstream_,
                         [this](answer_id id, bytes_view) { owed_.complete(id, {}); });
    if (!is_asked) {
        close(disconnect::internal_error, "a question for proof");
    }
}

void session::note_proof(const owed_answer& answered) {
    if (!patience_.is_proven() && !is_answered_to_anybody(answered)) {
        patience_.proven();
        progress();
    }
}

}  // namespace bkes::proxy
