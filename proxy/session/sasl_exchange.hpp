#pragma once
// What of a connection is a login (SASL), and what of that has no header.
//
// After SaslHandshake v0 the tokens travel as bare frames, a size and then the token (KIP-43; with
// v1 they go inside SaslAuthenticate, KIP-152). A proxy has to know which frames are tokens: what
// is taken for one is passed on unseen, so no client may make a request pass for a token.
//
//   - Only a handshake that the broker accepted is followed by tokens, and nothing is taken from
//   the
//     client until its answer is there. A broker without SASL, or after the login, refuses it (34)
//     and goes on with requests.
//   - The known mechanisms have a fixed number of tokens. For the others, GSSAPI among them, a
//   frame
//     is a token until one looks like a request: its first byte is 0, as no API has a key above 255
//     but bkes' own, and no token of GSSAPI begins with 0 (RFC 2743, RFC 4121) or is one of those.
//
// Belongs to one session, used on its thread only.

#include "protocol/core/bytes.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace bkes::proxy {

class sasl_exchange {
  public:
    /// A handshake is on its way to the broker.
    void handshake_sent(std::int16_t api_version, bytes_view mechanism);

    /// With this error code.
    void handshake_answered(std::int16_t error_code);

    /// Until the broker has answered a handshake v0 it can't be told what the client sends next.
    [[nodiscard]] bool awaits_answer() const { return awaits_answer_; }

    enum class frame_kind : std::uint8_t {
        token,
        request,
        request_after_tokens,  ///< the first one: the last token may have got no answer
    };

    /// What the client's next frame is; `content` without its size prefix.
    frame_kind take(bytes_view content);

    /// What a SaslAuthenticate holds is on its way to the broker.
    void authenticate_sent(bytes_view token) { note_token(token); }

    /// The broker's answer to a SaslAuthenticate.
    void authenticate_answered(std::int16_t error_code, std::int64_t session_lifetime_ms);

    /// A request with a header: anything but SASL's own shows that the client has logged in.
    void request_seen(std::int16_t api_key);

    /// Between a handshake and the last answer of the login, as far as that can be told: else the
    /// first other request.
    [[nodiscard]] bool is_under_way() const { return is_under_way_; }

    /// Who the client is to the broker, if that let it in: `ANONYMOUS` without a login; empty: the
    /// mechanism doesn't tell.
    [[nodiscard]] const std::optional<std::string>& user() const { return user_; }

  private:
    static constexpr std::int32_t any_number = -1;

    [[nodiscard]] std::int32_t tokens_of_mechanism() const;

    void note_token(bytes_view token);

    std::string mechanism_;
    std::optional<std::string> claimed_user_;
    std::optional<std::string> user_ = "ANONYMOUS";  ///< KafkaPrincipal.ANONYMOUS
    bool is_first_token_ = false;
    std::int32_t tokens_left_ = 0;   ///< bare ones
    std::int32_t answers_left_ = 0;  ///< to SaslAuthenticate
    bool awaits_answer_ = false;
    bool is_under_way_ = false;
};

}  // namespace bkes::proxy
