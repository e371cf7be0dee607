#pragma once
// How an instance makes itself the only writer of a partition, and keeps it so (contract section 8;
// the recipe and its reasons: docs/decisions/one-owner.md). A transactional id names the partition,
// the same for every instance; whoever initialised it last holds the newest epoch, and a control
// marker with that epoch in the partition makes its leader refuse every older one.
//
//   take_over  init_producer -> barrier          a new epoch, whoever held it before
//   renew      init_producer -> barrier          a new epoch, only if we hold the newest one
//   prove      barrier                           the same epoch: still the newest at the
//   coordinator barrier    add_partition -> end_transaction until its second 0
//
// The first 0 of EndTxn comes before the marker stands in the partition, the second one after.
//
// When the epochs of a producer id are used up, the coordinator gives another id with epoch 0, and
// markers of that one fence no epoch of the old one. So the last epochs write nothing but a
// barrier: whoever is given one of them fences all that ever wrote under this id, and then
// initialises until the id changes. There are many of them, as an instance may die before its
// barrier.
//
// Pure: no I/O, no clock, no threads. Its owner carries out `next` and tells what came of it.

#include "protocol/core/producer_identity.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace bkes::sync {

class coordinator_dialogue {
  public:
    enum class goal : std::uint8_t { take_over, renew, prove };

    enum class step : std::uint8_t {
        find_coordinator,
        init_producer,    ///< with `held` as the expected identity if the goal is renew
        add_partition,    ///< AddPartitionsToTxn with `held`
        end_transaction,  ///< EndTxn (commit) with `held`
    };

    enum class verdict : std::uint8_t {
        go_on,         ///< with `next`
        repeat_soon,   ///< `next` in some milliseconds: a marker is being written
        repeat_later,  ///< `next` after a pause that grows
        done,          ///< the goal is reached
        lost,          ///< another instance has a newer epoch, now and for good
        refused,       ///< rights are missing or so: an operator has to do something
    };

    /// The last epoch under which a partition is written. The coordinator gives none after 32,766.
    static constexpr producer_epoch written_max{32'510};

    /// A marker of its producer id with this epoch, or a later one, fences all that was written
    /// under `owner` or before. Nothing is written under the last epochs, and behind the very last
    /// one comes no marker.
    [[nodiscard]] static producer_epoch fenced_from(const producer_identity& owner);

    /// renew and prove need an identity.
    void begin(goal what);

    [[nodiscard]] goal wanted() const { return goal_; }

    [[nodiscard]] step next() const { return needs_coordinator_ ? step::find_coordinator : step_; }

    void coordinator_found() { needs_coordinator_ = false; }

    /// Kafka's error code in the answer to `next`; for init_producer also the identity in it.
    verdict answered(std::int16_t error_code, const producer_identity& given = {});

    /// The connection to the coordinator broke: the step is repeated at whoever is it then.
    void connection_lost() { needs_coordinator_ = true; }

    /// The identity under which the partition is written; none before the first take-over.
    [[nodiscard]] const std::optional<producer_identity>& held() const { return held_; }

    /// For InitProducerId: between adding the partition and ending the transaction no instance may
    /// take longer, or the coordinator takes the epoch away. Brokers have an upper limit
    /// (transaction.max.timeout.ms), so it shrinks when refused.
    [[nodiscard]] std::chrono::milliseconds transaction_timeout() const { return timeout_; }

  private:
    verdict succeeded(const producer_identity& given);
    verdict barrier_stands();

    [[nodiscard]] bool is_retiring() const { return held_->epoch > written_max; }

    verdict failed(std::int16_t error_code);

    std::optional<producer_identity> held_;
    goal goal_ = goal::take_over;
    step step_ = step::init_producer;
    bool needs_coordinator_ = true;
    bool is_committed_once_ = false;
    bool is_fenced_ = false;  ///< held()'s producer id, by the barrier of one of its last epochs
    std::chrono::milliseconds timeout_{300'000};
};

}  // namespace bkes::sync
