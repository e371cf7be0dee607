#include "sync/rdkafka/client_handle.hpp"

#include "sync/net/link_security.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <utility>

namespace bkes::sync {

namespace {

void log_line(const rd_kafka_t* /*kafka*/, int level, const char* facility, const char* text) {
    constexpr int warning = 4;  // syslog's
    spdlog::log(level <= warning ? spdlog::level::info : spdlog::level::debug,
                "librdkafka facility={} text=\"{}\"", facility, text);
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
    const std::map<std::string, std::string>& settings) {
    std::array<char, 512> text{};
    auto* conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, log_line);
    for (const auto& [name, value] : settings) {
        if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text.data(), text.size()) !=
            RD_KAFKA_CONF_OK) {
            rd_kafka_conf_destroy(conf);
            return std::unexpected{std::string{text.data()}};
        }
    }
    auto* kafka = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text.data(), text.size());
    if (kafka == nullptr) {
        rd_kafka_conf_destroy(conf);
        return std::unexpected{std::string{text.data()}};
    }
    return kafka_handle{kafka};
}

}  // namespace bkes::sync
