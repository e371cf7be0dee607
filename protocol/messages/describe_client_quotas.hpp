#pragma once
// DescribeClientQuotas (api key 48). What users and client ids may take (KIP-546).
//
// Versions 0-1, flexible from 1 on.

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct describe_client_quotas_request {
    static constexpr message_schema schema{.name = "describe_client_quotas_request",
                                           .key = 48,
                                           .versions = {0, 1},
                                           .flexible_since = 1};

    struct component {
        bytes_view entity_type{};
        std::int8_t match_type = 0;  ///< 0 this name, 1 the default, 2 any
        std::optional<bytes_view> match = bytes_view{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("entity_type", m.entity_type);
            f("match_type", m.match_type);
            f("match", m.match, always.nullable());
        }
    };

    std::vector<component> components{};  ///< none: all there are
    bool strict = false;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("components", m.components);
        f("strict", m.strict);
    }
};

struct describe_client_quotas_response {
    static constexpr message_schema schema{.name = "describe_client_quotas_response",
                                           .key = 48,
                                           .versions = {0, 1},
                                           .flexible_since = 1};

    struct entry {
        struct entity_part {
            bytes_view entity_type{};                              ///< user, client-id, ip
            std::optional<bytes_view> entity_name = bytes_view{};  ///< null: the default
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("entity_type", m.entity_type);
                f("entity_name", m.entity_name, always.nullable());
            }
        };

        struct quota_value {
            bytes_view key{};
            double value = 0;
            unknown_tagged_fields unknown_tags{};

            static constexpr void fields(auto&& m, auto&& f) {
                f("key", m.key);
                f("value", m.value);
            }
        };

        std::vector<entity_part> entity{};
        std::vector<quota_value> values{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("entity", m.entity);
            f("values", m.values);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::int16_t error_code = 0;
    std::optional<bytes_view> error_message = bytes_view{};
    std::optional<std::vector<entry>> entries = std::vector<entry>{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms);
        f("error_code", m.error_code);
        f("error_message", m.error_message, always.nullable());
        f("entries", m.entries, always.nullable());
    }
};

}  // namespace bkes::protocol
