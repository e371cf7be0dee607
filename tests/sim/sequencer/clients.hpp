#pragma once
// Clients of all kinds: careful ones that send the next order, careless ones, chains sent without
// waiting, idempotent producers in and out of step, resends with the same sequence or event ids,
// and batches that aren't resends but bear the sequence of another one.

#include "tests/sim/dice.hpp"
#include "tests/sim/sequencer/command.hpp"
#include "tests/sim/sequencer/partition_world.hpp"

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace bkes::sim {

class clients {
  public:
    clients(command_book& book, dice& setup);

    /// The same records for the partition where their keys live, without its sequence.
    command& redirects(command& asked, std::size_t home, sync::instant hold_until);

    /// Makes a new command for this partition and enters it in the book.
    command& asks(const partition_world& where, dice& d, sync::instant now);

    /// Repeats an earlier command of this partition, if there is one that can be repeated. Or, of
    /// an idempotent producer, sends another one with its sequence.
    command* repeats(const partition_world& where, dice& d, sync::instant now);

    /// A batch of an idempotent producer that never reaches the sequencer.
    sync::producer_sequence sends_nonsense(const partition_world& where, dice& d);

    /// How a producer goes on after a refusal: from the refused sequence, or with a new epoch.
    void hears(const command& asked, dice& d);

    [[nodiscard]] static const std::vector<std::string>& keys();

  private:
    struct producer {
        producer_id id;
        producer_epoch epoch{0};
        sequence_number next{0};
    };

    command& enter(const partition_world& where, dice& d, sync::instant now);
    [[nodiscard]] std::string pick_key(const partition_world& where, dice& d) const;
    command_record record(const partition_world& where, dice& d, std::map<std::string, int>& here);
    producer& pick_producer(const partition_world& where, dice& d);

    command_book& book_;
    bool are_redirected_;                                         ///< misplaced=redirect, or refuse
    std::map<std::size_t, std::vector<producer>> producers_;      ///< by partition
    std::map<std::size_t, std::deque<sync::append_id>> history_;  ///< what may be repeated
    std::map<std::pair<std::size_t, std::string>, std::int64_t> planned_;  ///< ends of chains
    std::uint64_t next_id_ = 1;
};

}  // namespace bkes::sim
