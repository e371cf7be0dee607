#pragma once
// ApiVersions (api key 18). What a broker can do: the first request of nearly every client
// (KIP-35).
//
// Versions 0-4.
//   1   throttle_time_ms
//   3   flexible (but the response header stays at version 0, so that a client that asked too high
//       can read the answer); client software (KIP-511), features (KIP-584)
//   4   features whose lowest version is 0 are no longer left out (KIP-1022)
// A broker that doesn't know the version answers UNSUPPORTED_VERSION (35) in version 0.

#include "protocol/core/bytes.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <vector>

namespace bkes::protocol {

struct api_versions_request {
    static constexpr message_schema schema{
        .name = "api_versions_request", .key = 18, .versions = {0, 4}, .flexible_since = 3};

    bytes_view client_software_name{};
    bytes_view client_software_version{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("client_software_name", m.client_software_name, since(3).ignorable());
        f("client_software_version", m.client_software_version, since(3).ignorable());
    }
};

struct api_versions_response {
    static constexpr message_schema schema{
        .name = "api_versions_response", .key = 18, .versions = {0, 4}, .flexible_since = 3};

    struct api_version {
        std::int16_t api_key = 0;
        std::int16_t min_version = 0;
        std::int16_t max_version = 0;
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("api_key", m.api_key);
            f("min_version", m.min_version);
            f("max_version", m.max_version);
        }
    };

    struct supported_feature {
        bytes_view name{};
        std::int16_t min_version = 0;
        std::int16_t max_version = 0;
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("name", m.name);
            f("min_version", m.min_version);
            f("max_version", m.max_version);
        }
    };

    struct finalized_feature {
        bytes_view name{};
        std::int16_t max_version_level = 0;
        std::int16_t min_version_level = 0;
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("name", m.name);
            f("max_version_level", m.max_version_level);
            f("min_version_level", m.min_version_level);
        }
    };

    std::int16_t error_code = 0;
    std::vector<api_version> api_keys{};
    std::int32_t throttle_time_ms = 0;
    std::vector<supported_feature> supported_features{};
    std::int64_t finalized_features_epoch = -1;
    std::vector<finalized_feature> finalized_features{};
    bool zk_migration_ready = false;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("error_code", m.error_code);
        f("api_keys", m.api_keys);
        f("throttle_time_ms", m.throttle_time_ms, since(1).ignorable());
        f.tag(0, "supported_features", m.supported_features, since(3).ignorable());
        f.tag(1, "finalized_features_epoch", m.finalized_features_epoch, since(3).ignorable());
        f.tag(2, "finalized_features", m.finalized_features, since(3).ignorable());
        f.tag(3, "zk_migration_ready", m.zk_migration_ready, since(3).ignorable());
    }
};

}  // namespace bkes::protocol
