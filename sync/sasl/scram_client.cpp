#include "sync/sasl/scram_client.hpp"

#include "sync/sasl/base64.hpp"
#include "sync/sasl/sasl_errors.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <charconv>
#include <utility>

namespace bkes::sync {

namespace {

/// No channel binding, no other identity.
constexpr bytes_view gs2_header = "n,,";

const unsigned char* as_octets(bytes_view data) {
    return reinterpret_cast<const unsigned char*>(data.data());
}

const EVP_MD* digest_of(scram_hash hash) {
    return hash == scram_hash::sha_256 ? ::EVP_sha256() : ::EVP_sha512();
}

bytes empty_digest(scram_hash hash) {
    return bytes(static_cast<std::size_t>(::EVP_MD_get_size(digest_of(hash))), '\0');
}

bytes hmac(scram_hash hash, bytes_view key, bytes_view text) {
    auto out = empty_digest(hash);
    ::HMAC(digest_of(hash), key.data(), static_cast<int>(key.size()), as_octets(text), text.size(),
           reinterpret_cast<unsigned char*>(out.data()), nullptr);
    return out;
}

bytes digest(scram_hash hash, bytes_view data) {
    auto out = empty_digest(hash);
    ::EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr,
                 digest_of(hash), nullptr);
    return out;
}

bytes salt_password(scram_hash hash, bytes_view password, bytes_view salt, int iterations) {
    auto out = empty_digest(hash);
    ::PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), as_octets(salt),
                        static_cast<int>(salt.size()), iterations, digest_of(hash),
                        static_cast<int>(out.size()), reinterpret_cast<unsigned char*>(out.data()));
    return out;
}

bytes combined(bytes one, bytes_view other) {
    for (std::size_t at = 0; at < one.size(); ++at) {
        one[at] = static_cast<char>(one[at] ^ other[at]);
    }
    return one;
}

/// The name as RFC 5802 writes it: no comma and no equals sign stands for itself.
bytes escaped(bytes_view name) {
    bytes out;
    for (const char one : name) {
        if (one == '=') {
            out += "=3D";
        } else if (one == ',') {
            out += "=2C";
        } else {
            out += one;
        }
    }
    return out;
}

/// Takes `x=value` off the front of `rest`, and the comma behind it.
std::optional<bytes_view> take(char attribute, bytes_view& rest) {
    if (rest.size() < 2 || rest[0] != attribute || rest[1] != '=') {
        return std::nullopt;
    }
    const auto end = rest.find(',');
    const auto value = rest.substr(2, end == bytes_view::npos ? end : end - 2);
    rest.remove_prefix(end == bytes_view::npos ? rest.size() : end + 1);
    return value;
}

std::optional<int> number_in(bytes_view text) {
    int number = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, failed] = std::from_chars(text.data(), end, number);
    return failed == std::errc{} && stop == end ? std::optional{number} : std::nullopt;
}

failure give_up(sasl_errc why) {
    return failure{make_error_code(why)};
}

}  // namespace

scram_client::scram_client(scram_hash hash, scram_credentials credentials, std::string nonce)
    : hash_{hash},
      credentials_{std::move(credentials)},
      nonce_{std::move(nonce)},
      first_bare_{"n=" + escaped(credentials_.username) + ",r=" + nonce_} {}

std::string_view scram_client::mechanism() const {
    return hash_ == scram_hash::sha_256 ? "SCRAM-SHA-256" : "SCRAM-SHA-512";
}

bytes scram_client::first_message() {
    return bytes{gs2_header} + first_bare_;
}

result<std::optional<bytes>> scram_client::answered(bytes_view challenge) {
    switch (stage_) {
        case stage::first_sent:
            return prove(challenge);
        case stage::proof_sent:
            return check_signature(challenge);
        case stage::complete:
            break;
    }
    return give_up(sasl_errc::bad_challenge);
}

/// A server's extensions that must be understood begin with `m=` and aren't, so they end it here.
result<std::optional<bytes>> scram_client::prove(bytes_view server_first) {
    auto rest = server_first;
    const auto nonce = take('r', rest);
    const auto salt = nonce ? take('s', rest) : std::nullopt;
    const auto count = salt ? take('i', rest) : std::nullopt;
    auto decoded = salt ? base64_decode(*salt) : std::nullopt;
    const auto iterations = count ? number_in(*count) : std::nullopt;
    if (!decoded || decoded->empty() || !iterations) {
        return give_up(sasl_errc::bad_challenge);
    }
    if (!nonce->starts_with(nonce_) || nonce->size() == nonce_.size()) {
        return give_up(sasl_errc::wrong_nonce);
    }
    if (*iterations < iterations_min || *iterations > iterations_max) {
        return give_up(sasl_errc::bad_iterations);
    }
    learn(std::move(*decoded), *iterations);

    const auto without_proof = "c=" + base64_encode(gs2_header) + ",r=" + bytes{*nonce};
    const auto signed_text = first_bare_ + "," + bytes{server_first} + "," + without_proof;
    const auto& salted = credentials_.known->value;
    const auto client_key = hmac(hash_, salted, "Client Key");
    const auto proof = combined(client_key, hmac(hash_, digest(hash_, client_key), signed_text));
    expected_signature_ = hmac(hash_, hmac(hash_, salted, "Server Key"), signed_text);
    stage_ = stage::proof_sent;
    return without_proof + ",p=" + base64_encode(proof);
}

void scram_client::learn(bytes salt, int iterations) {
    auto& known = credentials_.known;
    if (!known || known->salt != salt || known->iterations != iterations) {
        auto value = salt_password(hash_, credentials_.password, salt, iterations);
        known = {.salt = std::move(salt), .iterations = iterations, .value = std::move(value)};
    }
}

result<std::optional<bytes>> scram_client::check_signature(bytes_view server_final) {
    auto rest = server_final;
    if (take('e', rest)) {
        return give_up(sasl_errc::refused);
    }
    const auto signature = take('v', rest);
    const auto decoded = signature ? base64_decode(*signature) : std::nullopt;
    if (!decoded) {
        return give_up(sasl_errc::bad_challenge);
    }
    if (decoded->size() != expected_signature_.size() ||
        ::CRYPTO_memcmp(decoded->data(), expected_signature_.data(), decoded->size()) != 0) {
        return give_up(sasl_errc::wrong_server);
    }
    stage_ = stage::complete;
    return std::nullopt;
}

}  // namespace bkes::sync
