#pragma once
// SCRAM-SHA-256 and SCRAM-SHA-512 (RFC 5802, RFC 7677), without channel binding, as Kafka has it:
// names and passwords are taken as UTF-8 as they are (Kafka: ScramFormatter), not by SASLprep.
//
// The password never travels, and a server that doesn't know it is found out by its signature.

#include "sync/sasl/sasl_client.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace bkes::sync {

enum class scram_hash : std::uint8_t { sha_256, sha_512 };

/// What a password becomes by a server's salt: costs milliseconds to make, and stays the same until
/// the password is changed, so it is worth keeping from one login to the next (RFC 5802, section 5.1).
struct salted_password {
    bytes salt;
    int iterations = 0;
    bytes value;
};

struct scram_credentials {
    std::string username;
    std::string password;
    std::optional<salted_password> known{};  ///< of an earlier login
};

class scram_client final : public sasl_client {
  public:
    static constexpr int iterations_min = 4096;
    static constexpr int iterations_max = 1'000'000;

    /// `nonce`: at least 18 random bytes as printable characters without a comma.
    scram_client(scram_hash hash, scram_credentials credentials, std::string nonce);

    [[nodiscard]] std::string_view mechanism() const override;
    bytes first_message() override;
    [[nodiscard]] result<std::optional<bytes>> answered(bytes_view challenge) override;

    /// For later logins, once the server's salt is known.
    [[nodiscard]] const std::optional<salted_password>& salted() const {
        return credentials_.known;
    }

  private:
    enum class stage : std::uint8_t { first_sent, proof_sent, complete };

    result<std::optional<bytes>> prove(bytes_view server_first);
    result<std::optional<bytes>> check_signature(bytes_view server_final);
    void learn(bytes salt, int iterations);

    scram_hash hash_;
    scram_credentials credentials_;
    std::string nonce_;
    bytes first_bare_;
    bytes expected_signature_;
    stage stage_ = stage::first_sent;
};

}  // namespace bkes::sync
