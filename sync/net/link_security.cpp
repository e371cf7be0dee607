#include "sync/net/link_security.hpp"

#include "sync/net/sasl_nonce.hpp"
#include "sync/sasl/plain_client.hpp"
#include "sync/types/log.hpp"

namespace bkes::sync {

namespace {

constexpr std::chrono::seconds refusals_shown_every{30};

}  // namespace

std::expected<std::shared_ptr<link_security>, std::string> link_security::make(
    security_options options, std::shared_ptr<token_source> tokens) {
    auto extensions = parse_sasl_extensions(options.tokens.extensions);
    if (!extensions) {
        return std::unexpected{"kafka.sasl.oauthbearer.extensions: " + extensions.error()};
    }
    auto files = read_files(options);
    if (!files) {
        return std::unexpected{std::move(files.error())};
    }
    return std::make_shared<link_security>(std::move(options), std::move(*files), std::move(tokens),
                                           std::move(*extensions));
}

std::expected<link_security::certificates, std::string> link_security::read_files(
    const security_options& options) {
    if (!options.is_tls()) {
        return certificates{};
    }
    const auto make = [](const tls_files& files) {
        return make_client_context(files, "kafka.ssl.");
    };
    auto own = tls_source::open(options.tls, make);
    if (!own) {
        return std::unexpected{std::move(own.error())};
    }
    auto of_clients = tls_source::open({.ca_location = options.tls.ca_location}, make);
    if (!of_clients) {
        return std::unexpected{std::move(of_clients.error())};
    }
    return certificates{.own = std::move(*own), .of_clients = std::move(*of_clients)};
}

void link_security::read_files_again() {
    constexpr std::chrono::seconds soonest{1};
    const std::scoped_lock lock{mutex_};
    if (!certificates_.own || clock::now() - files_read_ < soonest) {
        return;
    }
    files_read_ = clock::now();
    auto outcome = certificates_.own->reload();
    outcome = outcome ? certificates_.of_clients->reload() : outcome;
    if (outcome) {
        unusable_files_.clear();
    } else if (unusable_files_ != outcome.error()) {
        unusable_files_ = std::move(outcome.error());
        sync_log().error(
            "certificates can't be read again, the old ones stay in use connections=own "
            "reason=\"{}\"",
            unusable_files_);
    }
}

std::expected<std::unique_ptr<sasl_client>, std::string> link_security::new_login() {
    if (tokens_) {
        auto token = tokens_->current();
        if (!token) {
            return std::unexpected{std::move(token.error())};
        }
        return make_oauthbearer_client(std::move(token->value), extensions_);
    }
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
                                          std::move(credentials), new_sasl_nonce());
}

void link_security::accepted(const sasl_client& login) {
    const auto* const scram = dynamic_cast<const scram_client*>(&login);
    const std::scoped_lock lock{mutex_};
    if (scram != nullptr) {
        salted_ = scram->salted();
    }
    if (std::exchange(is_refusal_open_, false)) {
        sync_log().info("brokers accept the login again user={}", user());
    }
}

void link_security::refused(std::string_view broker, std::string_view why) {
    if (tokens_) {
        tokens_->doubt();
    }
    const std::scoped_lock lock{mutex_};
    const auto now = clock::now();
    if (refusal_shown_ && now - *refusal_shown_ < refusals_shown_every) {
        return;
    }
    refusal_shown_ = now;
    is_refusal_open_ = true;
    sync_log().error("login refused address={} mechanism={} user={} reason=\"{}\" check=\"{}\"",
                     broker, name_of(options_.mechanism), user(), why,
                     tokens_ ? "kafka.sasl.oauthbearer.*; it is tried again, with a new token"
                             : "kafka.sasl.username and kafka.sasl.password; it is tried again");
}

std::string link_security::principal() const {
    if (tokens_) {
        const auto token = tokens_->current();
        return token && !token->subject.empty() ? token->subject : user();
    }
    if (options_.is_sasl()) {
        return user();
    }
    const auto shown = tls();
    const auto subject = shown ? subject_of_certificate(shown->context) : std::string{};
    return subject.empty() ? "ANONYMOUS" : subject;
}

const std::string& link_security::user() const {
    return tokens_ ? options_.tokens.client_id : options_.username;
}

}  // namespace bkes::sync
