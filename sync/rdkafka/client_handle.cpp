#include "sync/rdkafka/client_handle.hpp"

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

std::expected<kafka_handle, std::string> open_kafka(const std::string& bootstrap_servers,
                                                    std::map<std::string, std::string> settings) {
    settings["bootstrap.servers"] = bootstrap_servers;
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
