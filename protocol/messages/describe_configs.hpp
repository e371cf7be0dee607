#pragma once
// DescribeConfigs (api key 32). Settings of topics, brokers and others; those of a broker name
// addresses (proxy/handlers/configs.cpp).
//
// Versions 1-4, flexible from 4 on. 0 was removed in Kafka 4.0.
//   1   config_source and synonyms (KIP-226)
//   2   as 1; the broker answers before it throttles
//   3   types and documentation (KIP-569)

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct describe_configs_request {
    static constexpr message_schema schema{
        .name = "describe_configs_request", .key = 32, .versions = {1, 4}, .flexible_since = 4};

    struct resource {
        std::int8_t resource_type = 0;
        bytes_view resource_name{};
        /// Null: all.
        std::optional<std::vector<bytes_view>> configuration_keys = std::vector<bytes_view>{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("resource_type", m.resource_type);
            f("resource_name", m.resource_name);
            f("configuration_keys", m.configuration_keys, always.nullable());
        }
    };

    std::vector<resource> resources{};
    bool include_synonyms = false;
    bool include_documentation = false;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("resources", m.resources);
        f("include_synonyms", m.include_synonyms, since(1));
        f("include_documentation", m.include_documentation, since(3));
    }
};

struct describe_configs_response {
    static constexpr message_schema schema{
        .name = "describe_configs_response", .key = 32, .versions = {1, 4}, .flexible_since = 4};

    struct synonym {
        bytes_view name{};
        std::optional<bytes_view> value = bytes_view{};
        std::int8_t source = 0;
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("name", m.name, since(1));
            f("value", m.value, since(1).nullable());
            f("source", m.source, since(1));
        }
    };

    struct config {
        bytes_view name{};
        std::optional<bytes_view> value = bytes_view{};
        bool read_only = false;
        std::int8_t config_source = -1;
        bool is_sensitive = false;
        std::vector<synonym> synonyms{};
        std::int8_t config_type = 0;
        std::optional<bytes_view> documentation = bytes_view{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("name", m.name);
            f("value", m.value, always.nullable());
            f("read_only", m.read_only);
            f("config_source", m.config_source, since(1).ignorable());
            f("is_sensitive", m.is_sensitive);
            f("synonyms", m.synonyms, since(1).ignorable());
            f("config_type", m.config_type, since(3).ignorable());
            f("documentation", m.documentation, since(3).nullable().ignorable());
        }
    };

    struct result {
        std::int16_t error_code = 0;
        std::optional<bytes_view> error_message = bytes_view{};
        std::int8_t resource_type = 0;
        bytes_view resource_name{};
        std::vector<config> configs{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("error_code", m.error_code);
            f("error_message", m.error_message, always.nullable());
            f("resource_type", m.resource_type);
            f("resource_name", m.resource_name);
            f("configs", m.configs);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<result> results{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms);
        f("results", m.results);
    }
};

}  // namespace bkes::protocol
