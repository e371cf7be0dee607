#include "proxy/session/sasl_exchange.hpp"

#include "protocol/api_table.hpp"
#include "protocol/header.hpp"
#include "proxy/session/sasl_user.hpp"

#include <utility>

namespace bkes::proxy {

namespace {

/// A header that a request of a known API could have.
bool looks_like_request(bytes_view content) {
    const auto start = protocol::peek_request_header(content);
    return start && protocol::find_api(start->key) != nullptr;
}

}  // namespace

void sasl_exchange::handshake_sent(std::int16_t api_version, bytes_view mechanism) {
    is_under_way_ = true;
    mechanism_ = mechanism;
    is_first_token_ = true;
    if (api_version == 0) {
        awaits_answer_ = true;
    } else {
        answers_left_ = tokens_of_mechanism();
    }
}

std::int32_t sasl_exchange::tokens_of_mechanism() const {
    if (mechanism_ == "PLAIN" || mechanism_ == "OAUTHBEARER") {
        return 1;
    }
    if (mechanism_.starts_with("SCRAM-")) {
        return 2;  // client-first and client-final message, RFC 5802
    }
    return any_number;
}

void sasl_exchange::handshake_answered(std::int16_t error_code) {
    const bool is_of_v0 = std::exchange(awaits_answer_, false);
    if (error_code == 0 && is_of_v0) {
        tokens_left_ = tokens_of_mechanism();
    }
}

/// Only the last answer of a login tells how long it holds (KIP-368).
void sasl_exchange::authenticate_answered(std::int16_t error_code,
                                          std::int64_t session_lifetime_ms) {
    answers_left_ -= answers_left_ > 0 ? 1 : 0;
    if (error_code != 0 || session_lifetime_ms > 0 || answers_left_ == 0) {
        is_under_way_ = false;
    }
    // Who only claims to be somebody else, in a new login, isn't yet.
    if (error_code == 0 && (!is_under_way_ || !claimed_user_)) {
        user_ = claimed_user_;
    }
}

void sasl_exchange::note_token(bytes_view token) {
    if (std::exchange(is_first_token_, false)) {
        claimed_user_ = user_in_first_token(mechanism_, token);
    }
}

sasl_exchange::frame_kind sasl_exchange::take(bytes_view content) {
    if (tokens_left_ == 0) {
        return frame_kind::request;
    }
    if (tokens_left_ == any_number && looks_like_request(content)) {
        tokens_left_ = 0;
        return frame_kind::request_after_tokens;
    }
    tokens_left_ -= tokens_left_ > 0 ? 1 : 0;
    note_token(content);
    user_ = claimed_user_;  // a login that fails ends the connection
    return frame_kind::token;
}

void sasl_exchange::request_seen(std::int16_t api_key) {
    using protocol::api_key::sasl_authenticate;
    using protocol::api_key::sasl_handshake;
    const auto key = static_cast<protocol::api_key>(api_key);
    is_under_way_ = is_under_way_ && (key == sasl_handshake || key == sasl_authenticate);
}

}  // namespace bkes::proxy
