#pragma once
// One partition of a Kafka cluster as fencing depends on it: the leader's log and what it remembers
// of producers (Kafka: ProducerStateManager, ProducerAppendInfo), and the coordinator of the
// partition's transactional id (TransactionCoordinator, TransactionMetadata). What was seen of a
// real broker: docs/decisions/fencing-on-three-brokers.md.

#include "protocol/core/ids.hpp"
#include "protocol/core/producer_identity.hpp"
#include "sync/fencing/boot_clock.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bkes::sim::instances {

using sim_time = sync::boot_clock::time_point;

/// Kafka's codes, as far as they are given here.
enum code : std::int16_t {
    none = 0,
    not_leader = 6,
    request_timed_out = 7,
    message_too_large = 10,
    not_coordinator = 16,
    out_of_order_sequence = 45,
    invalid_producer_epoch = 47,
    invalid_txn_state = 48,
    invalid_producer_id_mapping = 49,
    concurrent_transactions = 51,
    invalid_record = 87,
    producer_fenced = 90,
};

/// One append of one record, and all that became of it.
struct command {
    std::size_t number = 0;
    std::string key;
    std::int64_t order = -1;  ///< -1: any
    bool is_old = false;      ///< its record is days old
    bool is_poison = false;   ///< no broker takes it
    sim_time submitted_at;
    std::int64_t cuts_before = 0;  ///< elections that took something, when it was submitted
    bool stands = false;           ///< in the log
    bool was_cut = false;          ///< it stood in the log once
    bool is_answered = false;
    bool is_refused = false;  ///< an answer that says "not written"
    bool is_acked = false;
};

struct log_entry {
    std::uint64_t id = 0;  ///< never used twice
    std::int64_t offset = 0;
    std::int64_t count = 1;
    std::int32_t leader_epoch = 0;
    bool is_marker = false;
    producer_identity writer{producer_id{-1}, producer_epoch{-1}};  ///< -1: past bkes
    sequence_number base_sequence{0};
    std::vector<command*> commands;
    std::string foreign_key;  ///< if nobody's command
    sim_time newest;          ///< its newest record

    [[nodiscard]] std::int64_t end() const { return offset + count; }
};

class leader {
  public:
    static constexpr std::chrono::hours producer_expiry{24};

    struct reply {
        std::int16_t error = none;
        std::int64_t offset = -1;
    };

    /// The same batch again is recognised among the last five. `batch` gets id and offset.
    reply append(log_entry batch, sim_time now);
    /// False if its epoch isn't the newest any more.
    bool append_marker(const producer_identity& writer, sim_time now);
    void append_foreign(const std::string& key, sim_time now);

    /// An unclean election: what stands from this entry on is gone. Gives it.
    std::vector<log_entry> cut(std::size_t entry);

    /// A new leader, which knows of producers what the log says.
    void is_elected();

    /// Producers of whom nothing was heard for so long.
    void forget_old(sim_time now);

    /// DescribeProducers: this epoch, and no newer one.
    [[nodiscard]] bool knows(const producer_identity& writer) const;

    [[nodiscard]] const std::vector<log_entry>& log() const { return log_; }

    [[nodiscard]] std::int64_t end() const { return log_.empty() ? 0 : log_.back().end(); }

    [[nodiscard]] std::int64_t count_of(const std::string& key) const;

  private:
    struct known_batch {
        sequence_number base;
        std::int64_t count;
        std::int64_t offset;
    };

    struct known_producer {
        producer_epoch epoch;
        std::optional<sequence_number> next;  ///< none: any (nothing of this epoch was seen)
        std::deque<known_batch> last;
        sim_time newest;
    };

    void remember(const log_entry& entry);
    void push(log_entry entry);

    std::vector<log_entry> log_;
    std::map<producer_id, known_producer> producers_;
    std::map<std::string, std::int64_t> counts_;
    std::uint64_t next_id_ = 1;
    std::int32_t epoch_ = 0;
};

class coordinator {
  public:
    explicit coordinator(producer_epoch first_epoch) : next_first_{first_epoch} {}

    struct given {
        std::int16_t error = none;
        producer_identity identity{producer_id{-1}, producer_epoch{-1}};
    };

    given init_producer(const std::optional<producer_identity>& expected, sim_time now);
    std::int16_t add_partition(const producer_identity& by, sim_time now);
    std::int16_t end_transaction(const producer_identity& by);

    /// A marker that was promised and isn't written yet.
    [[nodiscard]] bool owes_marker() const { return state_ == state::prepared; }

    void write_marker(leader& to, sim_time now);

    /// Aborts what was begun longer ago than any client may take.
    void abort_old(sim_time now);

  private:
    enum class state : std::uint8_t { empty, ongoing, prepared, complete };

    [[nodiscard]] std::int16_t check(const producer_identity& by) const;
    void abort();

    state state_ = state::empty;
    std::optional<producer_identity> current_;
    std::optional<producer_epoch> before_renewal_;  ///< KIP-360: a renewal that is asked again
    producer_epoch next_first_;
    std::int64_t next_producer_ = 1000;
    sim_time began_at_;
};

}  // namespace bkes::sim::instances
