#pragma once
// One partition: a sequencer, the connection behind it, a broker with its log, and the way of the
// log into the store. What an appender would do is done here in the plainest way; the referee looks
// on at every record that is written and every answer that is given.

#include "sync/sequencer/sequencer.hpp"
#include "tests/sim/dice.hpp"
#include "tests/sim/sequencer/command.hpp"
#include "tests/support/sequencer_world.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace bkes::sim {

struct log_record {
    command* owner = nullptr;  ///< null: written past bkes
    std::size_t index = 0;     ///< within its command
    std::optional<std::string> key;
    std::int64_t order = 0;  ///< of its key, as the log has it
};

struct sim_batch {
    sync::batch_id id;
    std::vector<command*> commands;
    std::int64_t base_sequence = 0;
    std::int64_t count = 0;
    std::int64_t stored_when_formed = 0;
    std::optional<std::int64_t> offset;  ///< if it is in the log
    bool is_decided = false;             ///< the sequencer knows
};

class partition_world {
  public:
    partition_world(std::size_t number, const sync::sequencer_options& options,
                    tests::memory_heads& heads, tests::claim_table& claims);

    // What may happen, each called with the step's own dice.
    void broker_takes_request(dice& d);
    void reply_arrives(dice& d);
    void connection_breaks(dice& d);
    void comes_back();
    void fences_itself(dice& d);
    /// A new leader recognises only the newest batch when it is sent again.
    void leader_moves(dice& d);
    /// Unclean: the new leader lacks the end of the log.
    void log_is_cut(dice& d);
    /// bkes is killed and started again: what it knew is gone, and of the store what wasn't
    /// flushed. It takes over and reads the log up to its barrier.
    void restarts(dice& d);
    void store_moves_on(dice& d);
    void foreign_record(const std::string& key);
    void settle_everything(dice& d);

    /// Sends the batch on its way.
    void send(const sync::send_batch& batch, const command_book& book);

    [[nodiscard]] bool has_in_flight() const { return !in_flight_.empty(); }

    /// True if a batch is on its way (sent, not stored) that holds an event of this key.
    [[nodiscard]] bool has_unstored(const std::string& key) const;

    [[nodiscard]] std::int64_t stored_next() const { return stored_next_; }

    [[nodiscard]] const std::vector<log_record>& log() const { return log_; }

    [[nodiscard]] std::int64_t events_in_log(const std::string& key) const;

    [[nodiscard]] bool is_connected() const { return is_connected_; }

    /// Nothing before is known of idempotent producers.
    [[nodiscard]] std::int64_t remembers_from() const { return remembers_from_; }

    std::size_t number;
    sync::sequencer_options options;
    tests::memory_heads& heads;
    tests::memory_claims claims;
    std::unique_ptr<sync::sequencer> machine;
    bool is_closed = false;
    std::function<void(const partition_world&, const sim_batch&)> on_write;  ///< before it stands
    std::function<void(const partition_world&)> on_loss;  ///< of what producers did, or of the log
    std::function<void(std::string)> trace;

  private:
    enum class reply_kind { written, refused_record, refused_batch, out_of_sequence, unexplained };

    struct reply {
        sync::batch_id batch;
        reply_kind what;
    };

    void write(sim_batch& batch);
    void decide(sim_batch& batch, reply_kind what);
    void tell_written(sim_batch& batch);
    void cut_log(std::int64_t end);
    void set_store_back(std::int64_t end);

    std::vector<log_record> log_;
    std::map<std::string, std::int64_t> log_orders_;  ///< next order of each key in the log
    std::int64_t stored_next_ = 0;
    std::map<sync::batch_id, sim_batch> batches_;
    std::map<std::int64_t, sync::batch_id> by_offset_;
    std::set<sync::batch_id> in_flight_;  ///< sent, the sequencer doesn't know the outcome
    std::set<sync::batch_id> unstored_;   ///< in flight, or in the log and not in the store
    std::deque<sync::batch_id> requests_;
    std::deque<reply> replies_;
    std::int64_t broker_sequence_ = 0;  ///< the broker expects this one
    std::int64_t next_sequence_ = 0;
    std::int64_t recognised_from_ = 0;  ///< offset of the oldest batch that the leader recognises
    std::int64_t remembers_from_ = 0;
    tests::claim_table& table_;
    bool is_connected_ = true;
    bool is_draining_ = false;
};

}  // namespace bkes::sim
