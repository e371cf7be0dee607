#pragma once
// Forward (api key 20003): what one instance of bkes gives to another that owns the partitions, and
// what became of it. An extension between the instances of a group, advertised in ApiVersions and never
// passed on; usable with the rights of a Produce. docs/decisions/forwarding.md.
//
// An answer carries whatever outcomes are there, of any request before it. It comes with the first of
// them, when the next request comes, or when max_wait_ms is over.
//
// Version 0, flexible.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/wire/codec.hpp"
#include "protocol/wire/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bkes::protocol {

struct forward_request {
    static constexpr message_schema schema{
        .name = "forward_request", .key = 20003, .versions = {0, 0}, .flexible_since = 0};

    /// To be judged and written as if a client had produced it here.
    struct append {
        std::int64_t id = 0;
        bytes_view topic{};
        std::int32_t partition = 0;
        std::int32_t deadline_ms = 0;  ///< what is left of it
        bool is_redirected = false;    ///< from the partition that the client named
        bytes_view client{};           ///< for log lines
        bytes_view records{};
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("id", m.id);
            f("topic", m.topic);
            f("partition", m.partition);
            f("deadline_ms", m.deadline_ms);
            f("is_redirected", m.is_redirected);
            f("client", m.client);
            f.bytes("records", m.records);
        }
    };

    /// How far the log is, at a moment after the request was sent.
    struct position_question {
        std::int64_t id = 0;
        bytes_view topic{};
        std::int32_t partition = 0;
        std::int32_t max_wait_ms = 0;  ///< until it can be proved
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("id", m.id);
            f("topic", m.topic);
            f("partition", m.partition);
            f("max_wait_ms", m.max_wait_ms);
        }
    };

    uuid forwarder{};  ///< numbers its appends; new for each process and each of its threads
    bytes_view owner_instance{};   ///< the process that is meant
    std::int64_t heard_up_to = 0;  ///< the outcomes of this and all before are known: forget them
    std::vector<std::int64_t> heard{};  ///< so are these
    std::int32_t max_wait_ms = 0;
    std::vector<append> appends{};
    std::vector<position_question> positions{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("forwarder", m.forwarder);
        f("owner_instance", m.owner_instance);
        f("heard_up_to", m.heard_up_to);
        f("heard", m.heard);
        f("max_wait_ms", m.max_wait_ms);
        f("appends", m.appends);
        f("positions", m.positions);
    }
};

struct forward_response {
    static constexpr message_schema schema{
        .name = "forward_response", .key = 20003, .versions = {0, 0}, .flexible_since = 0};

    struct append_outcome {
        std::int64_t id = 0;
        std::int8_t outcome = 0;  ///< sync/forward/forward_outcomes.hpp
        std::int16_t broker_error = 0;
        bytes_view text{};
        std::int32_t record_index = -1;
        std::int64_t base_offset = -1;
        std::int64_t log_append_time_ms = -1;
        std::int64_t log_start_offset = -1;
        std::optional<bytes_view> conflict_key{};  ///< null: none
        std::int64_t conflict_expected = 0;
        std::int64_t conflict_got = -1;
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("id", m.id);
            f("outcome", m.outcome);
            f("broker_error", m.broker_error);
            f("text", m.text);
            f("record_index", m.record_index);
            f("base_offset", m.base_offset);
            f("log_append_time_ms", m.log_append_time_ms);
            f("log_start_offset", m.log_start_offset);
            f.bytes("conflict_key", m.conflict_key, always.nullable());
            f("conflict_expected", m.conflict_expected);
            f("conflict_got", m.conflict_got);
        }
    };

    struct position {
        std::int64_t id = 0;
        std::int16_t error_code = 0;
        std::int64_t next_offset = -1;
        std::int32_t leader_epoch = -1;  ///< of the record before that; -1: unknown
        unknown_tagged_fields unknown_tags{};

        static constexpr void fields(auto&& m, auto&& f) {
            f("id", m.id);
            f("error_code", m.error_code);
            f("next_offset", m.next_offset);
            f.tag(0, "leader_epoch", m.leader_epoch);
        }
    };

    std::int32_t throttle_time_ms = 0;
    std::int16_t error_code = 0;  ///< not 0: nothing of the request was done
    std::optional<bytes_view> error_message{};
    std::vector<append_outcome> outcomes{};
    std::vector<position> positions{};
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("throttle_time_ms", m.throttle_time_ms);
        f("error_code", m.error_code);
        f("error_message", m.error_message, always.nullable());
        f("outcomes", m.outcomes);
        f("positions", m.positions);
    }
};

}  // namespace bkes::protocol
