#pragma once
// One instance of bkes for one partition: the real sequencer, fencing and batches under way, bound
// as partition_log and appender bind them, but to wires and a store of the simulation. Where
// ownership is shared also assignment, tenure, followed_position and unsettled_batches.

#include "sync/append/batches_under_way.hpp"
#include "sync/fencing/fencing.hpp"
#include "sync/fencing/lease.hpp"
#include "sync/partition/assignment.hpp"
#include "sync/partition/followed_position.hpp"
#include "sync/partition/tenure.hpp"
#include "sync/partition/unsettled_batches.hpp"
#include "sync/sequencer/sequencer.hpp"
#include "tests/sim/dice.hpp"
#include "tests/sim/instances/cluster.hpp"
#include "tests/sim/instances/wires.hpp"
#include "tests/support/sequencer_world.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bkes::sim::instances {

inline sync::instant steady(sim_time time) {
    return sync::instant{
        std::chrono::duration_cast<sync::instant::duration>(time.time_since_epoch())};
}

/// What an instance sees of the world, and tells it.
struct surroundings {
    bool is_shared = false;  ///< ownership, as a group says
    leader& partition;
    const sim_time& now;
    std::deque<command>& commands;
    std::function<leader_wire*(instance&, std::uint64_t connection)> open_wire;
    std::function<void(const coordinator_message&)> ask_coordinator;
    std::function<void(instance&, command&, const sync::answer&)> answered;
    /// Of the owner, whoever that is; then `hears_position`.
    std::function<void(instance&)> ask_position;
    std::function<void(instance&)> tenure_begins;
    std::function<void(instance&)> tenure_is_lost;
    std::function<void(const char*)> happens;
    std::function<void(std::string)> note;
};

class instance {
  public:
    /// `stored`: what of the log its disk holds.
    instance(std::size_t number, surroundings& around, const std::vector<log_entry>& stored,
             std::size_t batches_max);
    instance(const instance&) = delete;
    instance& operator=(const instance&) = delete;

    // ---- what may happen to it
    void submit(command& asked);
    void tick();
    void reads_log(dice& d);
    void hears_leader(const leader_message& reply, std::uint64_t connection);
    void hears_coordinator(const coordinator_message& reply);
    void departs(dice& d);
    void wants_proof();

    // ---- where ownership is shared (instance_tenure.cpp)
    void assigned();
    void revoked();
    void seen_as_ours(sim_time asked_at);
    /// Somebody reads, and began to then.
    void wants_to_read(sync::read_moment began);
    /// Empty: nobody said so.
    void hears_position(const std::optional<sync::log_reach>& said);

    // ---- what is so
    /// Reads by key are answered, from `heads`, as the owner.
    [[nodiscard]] bool is_readable() const;
    /// Reads that began up to this moment are answered, of that key or of all; none: not now.
    [[nodiscard]] std::optional<sync::read_moment> readable_until(
        std::optional<std::string_view> key = {}) const;
    /// Of the store.
    [[nodiscard]] sync::log_reach reach() const;

    /// Appends are judged here; else they are for the owner.
    [[nodiscard]] bool is_ours() const { return tenure_.is_held(); }

    [[nodiscard]] std::int64_t head_of(const std::string& key);

    /// Nothing that it believes to stand was taken by an election.
    [[nodiscard]] bool knows_of_cuts() const {
        return stands_to() == stored_.size() && !under_way_.awaits_store();
    }

    [[nodiscard]] bool is_open() const { return is_open_; }

    /// In this tenure.
    [[nodiscard]] bool is_lost() const { return machine_.phase() == sync::fencing_phase::lost; }

    [[nodiscard]] bool is_idle() const { return open_commands_.empty() && unproven_.empty(); }

    /// Its newest one, from the coordinator.
    [[nodiscard]] bool has_epoch() const { return machine_.owner().has_value(); }

    [[nodiscard]] const std::vector<log_entry>& stored() const { return stored_; }

    [[nodiscard]] std::uint64_t connection() const { return connection_; }

    std::size_t number;
    bool is_paused = false;
    bool is_dead = false;
    sync::fencing_options settings;

  private:
    struct unproven_answer {
        command* asked;
        sync::answer reply;
    };

    void turn();
    void carry_out(sync::fencing_action what);
    void connect();
    void give_up_connection();
    void nothing_else_is_written();
    void not_written(sync::batch_id id);
    void ask_next();
    void coordinator_finished(sync::coordinator_outcome outcome);
    void flush(std::size_t new_batches_max);
    void send(const sync::send_batch& batch);
    void transmit(sync::batch_under_way& batch);
    void hears_produce(const leader_message& reply);
    void wire_ended();
    void written(const sync::batch_under_way& batch, const log_entry& entry);
    void log_is_cut(log_offset end);
    void take_entry(const log_entry& entry);
    void store(const log_entry& entry);
    void find_divergence();
    [[nodiscard]] std::size_t stands_to() const;

    [[nodiscard]] log_offset read_to() const {
        return log_offset{stored_.empty() ? 0 : stored_.back().end()};
    }

    void suspend_or_resume();
    void begin_to_serve();
    [[nodiscard]] std::unique_ptr<sync::sequencer> make_sequencer();
    void ownership_lost();
    void begin_to_append();
    void begin_tenure();
    void end_tenure();
    void ask_owner();
    void answer(command& asked, const sync::answer& reply);
    void answer_unproven();

    [[nodiscard]] bool has_young_proof() const { return lease_.is_valid(around_.now); }

    surroundings& around_;
    std::vector<log_entry> stored_;
    tests::memory_heads heads_;
    tests::claim_table claims_table_;
    tests::memory_claims claims_;
    std::size_t batches_max_;
    sync::assignment assignment_;
    sync::tenure tenure_;
    sync::followed_position followed_;
    sync::unsettled_batches unsettled_;
    std::unique_ptr<sync::sequencer> sequencer_;
    sync::fencing machine_;
    sync::batches_under_way under_way_;
    sync::lease lease_;
    std::map<sync::batch_id, std::vector<command*>> sent_;
    std::vector<command*> open_commands_;
    std::vector<unproven_answer> unproven_;
    leader_wire* wire_ = nullptr;
    std::uint64_t tenures_ = 0;  ///< that ended
    std::uint64_t connection_ = 1;
    std::uint64_t run_ = 0;  ///< of the dialogue
    std::optional<sim_time> ask_again_at_;
    std::int64_t reads_until_ = 0;
    bool is_caught_up_ = false;
    bool is_appending_ = false;
    bool has_taken_over_ = false;  ///< in this tenure
    bool is_open_ = false;
};

}  // namespace bkes::sim::instances
