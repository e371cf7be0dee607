#pragma once
// The leader to try next, beside a NOT_LEADER_OR_FOLLOWER or FENCED_LEADER_EPOCH (KIP-951).

#include "protocol/wire/fields.hpp"

#include <cstdint>

namespace bkes::protocol {

struct leader_id_and_epoch {
    std::int32_t leader_id = -1;  ///< -1: unknown
    std::int32_t leader_epoch = -1;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("leader_id", m.leader_id);
        f("leader_epoch", m.leader_epoch);
    }
};

/// The same in ShareFetch and ShareAcknowledge, where it is an ordinary field and Kafka has no
/// other default than 0.
struct share_leader_id_and_epoch {
    std::int32_t leader_id = 0;
    std::int32_t leader_epoch = 0;
    unknown_tagged_fields unknown_tags{};

    static constexpr void fields(auto&& m, auto&& f) {
        f("leader_id", m.leader_id);
        f("leader_epoch", m.leader_epoch);
    }
};

}  // namespace bkes::protocol
