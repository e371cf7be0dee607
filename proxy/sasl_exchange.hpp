#pragma once
// The old form of SASL: after SaslHandshake v0 the tokens travel as bare frames, a size and then
// the token, without any header (KIP-43; with v1 they go inside SaslAuthenticate, KIP-152). A proxy
// has to know how many frames of each direction are tokens.

#include "protocol/core/bytes.hpp"

#include <cstdint>
#include <optional>

namespace bkes::proxy {

class sasl_exchange {
  public:
    /// A handshake v0 for this mechanism was sent. Unknown mechanisms, GSSAPI among them, are
    /// taken as tokens until the connection ends.
    void begin(bytes_view mechanism);

    /// True if the client's next frame is a token.
    [[nodiscard]] bool client_sends_token() const { return client_tokens_ != 0; }

    void client_sent_token() { count_down(client_tokens_); }

  private:
    static constexpr std::int32_t endless = -1;

    static void count_down(std::int32_t& tokens) { tokens -= tokens > 0 ? 1 : 0; }

    std::int32_t client_tokens_ = 0;
};

}  // namespace bkes::proxy
