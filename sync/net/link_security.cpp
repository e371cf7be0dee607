#include "sync/net/link_security.hpp"

#include "sync/sasl/base64.hpp"
#include "sync/sasl/plain_client.hpp"

#include <openssl/rand.h>
#include <spdlog/spdlog.h>

#include <array>

namespace bkes::sync {

namespace {

constexpr std::chrono::seconds refusals_shown_every{30};

/// Base64 has no comma.
std::string new_nonce() {
    std::array<unsigned char, 24> random{};
    ::RAND_bytes(random.data(), static_cast<int>(random.size()));
    return base64_encode({reinterpret_cast<const char*>(random.data()), random.size()});
}

}  // namespace

std::expected<std::shared_ptr<link_security>, std::string> link_security::make(
    security_options options) {
    std::optional<tls_client> own;
    std::optional<tls_client> of_clients;
    if (options.is_tls()) {
        auto with_certificate = make_client_context(options.tls, "kafka.ssl.");
        if (!with_certificate) {
            return std::unexpected{std::move(with_certificate.error())};
        }
        auto without = make_client_context({.ca_location = options.tls.ca_location}, "kafka.ssl.");
        if (!without) {
            return std::unexpected{std::move(without.error())};
        }
        own = {.context = std::move(*with_certificate), .check = options.check};
        of_clients = {.context = std::move(*without), .check = options.check};
    }
    return std::make_shared<link_security>(std::move(options), std::move(own),
                                           std::move(of_clients));
}

std::unique_ptr<sasl_client> link_security::new_login() {
    if (options_.mechanism == sasl_mechanism::plain) {
        return make_plain_client(options_.username, options_.password);
    }
    scram_credentials credentials{.username = options_.username, .password = options_.password};
    {
        const std::scoped_lock lock{mutex_};
        credentials.known = salted_;
    }
    return std::make_unique<scram_client>(options_.mechanism == sasl_mechanism::scram_sha_256
                                              ? scram_hash::sha_256
                                              : scram_hash::sha_512,
                                          std::move(credentials), new_nonce());
}

void link_security::accepted(const sasl_client& login) {
    const auto* const scram = dynamic_cast<const scram_client*>(&login);
    const std::scoped_lock lock{mutex_};
    if (scram != nullptr) {
        salted_ = scram->salted();
    }
    if (std::exchange(is_refusal_open_, false)) {
        spdlog::info("brokers accept the login again user={}", options_.username);
    }
}

void link_security::refused(std::string_view broker, std::string_view why) {
    const std::scoped_lock lock{mutex_};
    const auto now = clock::now();
    if (refusal_shown_ && now - *refusal_shown_ < refusals_shown_every) {
        return;
    }
    refusal_shown_ = now;
    is_refusal_open_ = true;
    spdlog::error("login refused broker={} mechanism={} user={} reason=\"{}\" check=\"{}\"", broker,
                  name_of(options_.mechanism), options_.username, why,
                  "kafka.sasl.username and kafka.sasl.password; it is tried again");
}

}  // namespace bkes::sync
