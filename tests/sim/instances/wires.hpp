#pragma once
// What is on its way between an instance and the leader, and between it and the coordinator.
//
// A wire that one side has given up isn't gone: what was sent on it may still arrive, long after
// other wires were used. That is what fencing is for.

#include "protocol/core/ids.hpp"
#include "sync/fencing/coordinator_dialogue.hpp"
#include "sync/fencing/fencing.hpp"
#include "sync/sequencer/append_types.hpp"
#include "tests/sim/instances/cluster.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace bkes::sim::instances {

class instance;

/// To the leader, and its answer.
struct leader_message {
    enum class kind : std::uint8_t { open, compare, produce, probe, ended };

    kind what = kind::open;
    std::optional<sync::batch_id> batch{};
    log_entry content{};                        ///< produce; in the answer as it stands in the log
    std::vector<std::uint64_t> entries_read{};  ///< compare
    producer_identity about{producer_id{-1}, producer_epoch{-1}};  ///< probe
    sim_time asked_at{};
    std::uint64_t tenure = 0;  ///< probe
    // the answer
    std::int16_t error = none;
    std::int64_t offset = -1;
    bool was_never_sent = false;
    bool failed = false;
    sync::log_agreement agreement = sync::log_agreement::no_answer;
    sync::probe_finding finding = sync::probe_finding::no_answer;
};

struct leader_wire {
    instance* client = nullptr;
    std::uint64_t connection = 0;  ///< of the client; 0: only for probes
    std::deque<leader_message> requests{};
    std::deque<leader_message> replies{};
    std::size_t leader = 0;  ///< which broker that was
    bool is_closed = false;  ///< by the broker, or on the way: `ended` is the last reply
};

struct coordinator_message {
    instance* client = nullptr;
    std::uint64_t run = 0;
    sync::coordinator_dialogue::step step{};
    std::optional<producer_identity> by;  ///< held, or expected
    bool is_done = false;                 ///< answered by the coordinator
    bool is_lost = false;                 ///< the connection broke
    coordinator::given reply;
};

}  // namespace bkes::sim::instances
