#pragma once
// AlterConfigs (api key 33). All settings of a resource anew; IncrementalAlterConfigs came after it.
//
// Versions 0-2, flexible from 2 on.
//   1   as 0; the broker answers before it throttles

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct alter_configs_request {
    static constexpr message_schema schema{
        .name = "alter_configs_request", .key = 33, .versions = {0, 2}, .flexible_since = 2};

    struct resource {
        struct config {
            bytes_view name{};
            std::optional<bytes_view> value = bytes_view{};
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("name", m.name);
                f("value", m.value, always.nullable());
            }
        };

        std::int8_t resource_type = 0;
        bytes_view resource_name{};
        std::vector<config> configs{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("resource_type", m.resource_type);
            f("resource_name", m.resource_name);
            f("configs", m.configs);
        }
    };

    std::vector<resource> resources{};
    bool validate_only = false;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("resources", m.resources);
        f("validate_only", m.validate_only);
    }
};

struct alter_configs_response {
    static constexpr message_schema schema{
        .name = "alter_configs_response", .key = 33, .versions = {0, 2}, .flexible_since = 2};

    struct result {
        std::int16_t error_code = 0;
        std::optional<bytes_view> error_message = bytes_view{};
        std::int8_t resource_type = 0;
        bytes_view resource_name{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("error_code", m.error_code);
            f("error_message", m.error_message, always.nullable());
            f("resource_type", m.resource_type);
            f("resource_name", m.resource_name);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::vector<result> responses{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms);
        f("responses", m.responses);
    }
};

}  // namespace bkes::protocol
