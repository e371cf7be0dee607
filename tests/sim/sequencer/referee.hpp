#pragma once
// Holds every write and every answer against what contract sections 3 and 4 promise. It judges by
// the logs alone and knows nothing of how the sequencer works.

#include "tests/sim/sequencer/command.hpp"
#include "tests/sim/sequencer/partition_world.hpp"

#include <map>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace bkes::sim {

class referee {
  public:
    explicit referee(command_book& book) : book_{book} {}

    void sees_submit(const partition_world& where, command& asked) const;

    /// Just before the broker appends the batch.
    void sees_write(const partition_world& where, const sim_batch& batch);

    /// Just when the answer leaves.
    void sees_answer(const partition_world& where, const sync::answer& reply, sync::instant now);

    void sees_release(sync::append_id id);

    /// Knowledge of producers was lost, or the end of the log: what stands in the logs of all
    /// partitions is all that there is.
    void sees_loss(const partition_world& where, std::span<const partition_world* const> all);

    /// Nothing is under way any more.
    void sees_end() const;

    [[nodiscard]] std::size_t count_of(sync::append_outcome outcome) const {
        const auto at = outcomes_.find(outcome);
        return at == outcomes_.end() ? 0 : at->second;
    }

  private:
    void check_record(const partition_world& where, const sim_batch& batch,
                      const command_record& record, std::int64_t order) const;
    void note_redirected(const command& asked);
    void note_known_resend(const command& asked);
    void check_sequence(const command& owner);
    void check_success(const partition_world& where, const command& asked,
                       const sync::answer& reply);
    /// What a client hears of an append that was written, or refused, by another partition.
    void check_redirected(const command& asked, const sync::answer& reply);
    void check_conflict(const partition_world& where, const command& asked,
                        const sync::answer& reply) const;

    command_book& book_;
    std::map<std::string, std::size_t> homes_;  ///< where the first event of each key was written
    std::set<std::string> event_ids_;           ///< in a log
    std::map<std::tuple<std::size_t, producer_id>, sync::producer_sequence> last_sequence_;
    /// Producers with a resend that was known by its event ids: they have written more than their
    /// log records show.
    /// So have those of redirected appends, and those who began an epoch that was lost.
    std::set<std::tuple<std::size_t, producer_id>> known_by_ids_;
    bool is_redirected_in_vain_ = false;      ///< to a partition that another instance took over
    std::vector<const command*> redirected_;  ///< stand in the log of another partition
    std::map<sync::append_outcome, std::size_t> outcomes_;
};

}  // namespace bkes::sim
