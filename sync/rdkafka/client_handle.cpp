#include "sync/rdkafka/client_handle.hpp"

#include "sync/net/link_security.hpp"
#include "sync/types/log.hpp"

#include <array>
#include <chrono>
#include <utility>
#include <vector>

namespace bkes::sync {

namespace {

void log_line(const rd_kafka_t* /*kafka*/, int level, const char* facility, const char* text) {
    constexpr int warning = 4;  // syslog's
    sync_log().log(level <= warning ? spdlog::level::info : spdlog::level::debug,
                   "librdkafka facility={} text=\"{}\"", facility, text);
}

/// On a thread of librdkafka's own.
void refresh_token(rd_kafka_t* kafka, const char* /*config*/, void* opaque) {
    auto& security = *static_cast<client_surroundings*>(opaque)->access.security;
    const auto token = security.tokens()->current();
    if (!token) {
        rd_kafka_oauthbearer_set_token_failure(kafka, token.error().c_str());
        return;
    }
    std::vector<const char*> extensions;
    for (const auto& [key, value] : security.extensions()) {
        extensions.insert(extensions.end(), {key.c_str(), value.c_str()});
    }
    const auto ends =
        std::chrono::duration_cast<std::chrono::milliseconds>(token->expires.time_since_epoch());
    std::array<char, 512> text{};
    if (rd_kafka_oauthbearer_set_token(
            kafka, token->value.c_str(), ends.count(), security.user().c_str(), extensions.data(),
            extensions.size(), text.data(), text.size()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_oauthbearer_set_token_failure(kafka, text.data());
    }
}

/// Tokens are asked for on librdkafka's background thread: whoever reads may wait for one.
void take_own_tokens(rd_kafka_conf_t* conf) {
    rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf, refresh_token);
    rd_kafka_conf_enable_sasl_queue(conf, 1);
}

/// bkes' own connections were let in with the same settings just before.
void notice_refusal(rd_kafka_t* /*kafka*/, int error, const char* reason, void* opaque) {
    if (error == RD_KAFKA_RESP_ERR__AUTHENTICATION) {
        static_cast<client_surroundings*>(opaque)->refused = reason;
    }
}

void tell_rebalanced(rd_kafka_t* kafka, rd_kafka_resp_err_t error,
                     rd_kafka_topic_partition_list_t* list, void* opaque) {
    static_cast<client_surroundings*>(opaque)->rebalanced(kafka, error, list);
}

}  // namespace

std::map<std::string, std::string> librdkafka_settings(const cluster_access& access) {
    std::map<std::string, std::string> settings{{"bootstrap.servers", access.bootstrap_servers}};
    const auto set_if_given = [&settings](const char* name, const std::string& value) {
        if (!value.empty()) {
            settings[name] = value;
        }
    };
    if (!access.security) {
        return settings;
    }
    const auto& options = access.security->options();
    settings["security.protocol"] = name_of(options.protocol);
    if (options.is_tls()) {
        set_if_given("ssl.ca.location", options.tls.ca_location);
        set_if_given("ssl.certificate.location", options.tls.certificate_location);
        set_if_given("ssl.key.location", options.tls.key_location);
        set_if_given("ssl.key.password", options.tls.key_password);
        settings["ssl.endpoint.identification.algorithm"] =
            options.check == host_check::https ? "https" : "none";
    }
    if (options.is_sasl()) {
        settings["sasl.mechanism"] = name_of(options.mechanism);
        set_if_given("sasl.username", options.username);
        set_if_given("sasl.password", options.password);
    }
    return settings;
}

std::expected<kafka_handle, std::string> open_kafka(
    const std::map<std::string, std::string>& settings, client_surroundings& around) {
    std::array<char, 512> text{};
    auto* conf = rd_kafka_conf_new();
    rd_kafka_conf_set_opaque(conf, &around);
    rd_kafka_conf_set_log_cb(conf, log_line);
    rd_kafka_conf_set_error_cb(conf, notice_refusal);
    if (around.rebalanced) {
        rd_kafka_conf_set_rebalance_cb(conf, tell_rebalanced);
    }
    for (const auto& [name, value] : settings) {
        if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text.data(), text.size()) !=
            RD_KAFKA_CONF_OK) {
            rd_kafka_conf_destroy(conf);
            return std::unexpected{std::string{text.data()}};
        }
    }
    const auto& security = around.access.security;
    const bool needs_token = security && security->tokens();
    if (needs_token) {
        take_own_tokens(conf);
    }
    auto* kafka = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text.data(), text.size());
    if (kafka == nullptr) {
        rd_kafka_conf_destroy(conf);
        return std::unexpected{std::string{text.data()}};
    }
    kafka_handle opened{kafka};
    if (needs_token) {
        if (auto* const failed = rd_kafka_sasl_background_callbacks_enable(kafka)) {
            const std::string why = rd_kafka_error_string(failed);
            rd_kafka_error_destroy(failed);
            return std::unexpected{why};
        }
    }
    return opened;
}

}  // namespace bkes::sync
