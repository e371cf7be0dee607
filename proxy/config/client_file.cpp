#include "proxy/config/client_file.hpp"

#include "proxy/config/jaas.hpp"
#include "proxy/config/kafka_settings.hpp"
#include "proxy/config/properties.hpp"
#include "proxy/config/settings.hpp"
#include "proxy/config/values.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>
#include <map>
#include <string>
#include <utility>

namespace bkes::proxy {

namespace {

constexpr std::string_view jaas_key = "sasl.jaas.config";

/// One file, while it is put into other words.
class client_file {
  public:
    explicit client_file(std::vector<assignment> given) {
        for (auto& one : given) {  // given twice: the later one counts, as in Java
            given_[one.key] = std::move(one);
        }
    }

    std::vector<assignment> translate() {
        for (const auto& [key, one] : given_) {
            translate(one);
        }
        if (!problems_.empty()) {
            throw config_error{fmt::format("{}", fmt::join(problems_, "\n"))};
        }
        return std::move(meant_);
    }

  private:
    void translate(const assignment& one) {
        if (one.key == "bootstrap.servers" || one.key.starts_with(kafka_prefix)) {
            meant_.push_back(one);
        } else if (one.key == jaas_key) {
            take_login(one);
        } else if (one.key == "ssl.truststore.location") {
            take_file(one, "ssl.truststore.type", {"kafka.ssl.ca.location"});
        } else if (one.key == "ssl.keystore.location") {
            take_file(one, "ssl.keystore.type",
                      {"kafka.ssl.certificate.location", "kafka.ssl.key.location"});
        } else if (one.key == "ssl.truststore.type" || one.key == "ssl.keystore.type") {
            take_type(one);
        } else if (const auto own = fmt::format("{}{}", kafka_prefix, one.key);
                   find_setting(canonical_kafka_key(own))) {
            const bool is_off =
                one.key == "ssl.endpoint.identification.algorithm" && trimmed(one.value).empty();
            say(one, own, is_off ? "none" : one.value);
        } else {
            refuse(one, fmt::format("{} isn't understood{}", one.key, advice(one.key)));
        }
    }

    void take_login(const assignment& one) {
        auto login = parse_jaas_login(one.value);
        if (!login) {
            refuse(one, fmt::format("{}: {}", jaas_key, login.error()));
            return;
        }
        const auto mechanism = given_.find("sasl.mechanism");
        const bool is_scram = login->module == jaas_login::module_kind::scram;
        if (mechanism != given_.end() &&
            upper_case(trimmed(mechanism->second.value)).starts_with("SCRAM") != is_scram) {
            refuse(one, fmt::format("{}: its module isn't that of sasl.mechanism={}", jaas_key,
                                    trimmed(mechanism->second.value)));
            return;
        }
        say(one, "kafka.sasl.username", std::move(login->username));
        say(one, "kafka.sasl.password", std::move(login->password));
    }

    void take_file(const assignment& one, const std::string& type_key,
                   std::initializer_list<std::string_view> meant) {
        if (!given_.contains(type_key)) {  // Java's default is JKS
            refuse(one,
                   fmt::format("{} needs {}=PEM, as bkes reads PEM files only", one.key, type_key));
        }
        for (const auto key : meant) {
            say(one, key, one.value);
        }
    }

    void take_type(const assignment& one) {
        if (upper_case(trimmed(one.value)) != "PEM") {
            refuse(one, fmt::format("{}={}: bkes reads PEM files only", one.key, one.value));
        }
    }

    static std::string_view advice(std::string_view key) {
        return key.ends_with("store.password")
                   ? "; bkes reads PEM files, whose key may have ssl.key.password"
                   : "; leave it out of what --command-config names";
    }

    void say(const assignment& one, std::string_view key, std::string value) {
        meant_.push_back({std::string{key}, std::move(value), one.source});
    }

    void refuse(const assignment& one, std::string_view why) {
        problems_.push_back(fmt::format("{}: {}", one.source, why));
    }

    std::map<std::string, assignment, std::less<>> given_;  ///< by key
    std::vector<assignment> meant_;
    std::vector<std::string> problems_;
};

}  // namespace

std::vector<assignment> read_client_properties(std::string_view text, std::string_view name) {
    return client_file{parse_properties(text, name)}.translate();
}

}  // namespace bkes::proxy
