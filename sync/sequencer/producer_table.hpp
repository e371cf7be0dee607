#pragma once
// What is remembered of idempotent clients of one partition, and how a broker would take their next
// batch (Kafka: storage/internals/log/ProducerAppendInfo.java, ProducerStateEntry.java).
//
// Only decided batches are here; those still on their way are in producer_queues. Bounded: the
// producer that was not heard of for longest is forgotten first, and then, as at a broker, any
// first sequence of it is accepted.

#include "sync/sequencer/append_types.hpp"

#include <array>
#include <cstddef>
#include <list>
#include <optional>
#include <unordered_map>

namespace bkes::sync {

class producer_table {
  public:
    enum class standing : std::uint8_t {
        next,          ///< in its turn, or of a producer never seen
        duplicate,     ///< one of the last batches again
        out_of_order,  ///< a gap, or a duplicate too old to be recognised
        deferred,      ///< a batch before it was told to come again later
        old_epoch,
    };

    struct finding {
        standing what = standing::next;
        log_offset original{-1};  ///< only for a duplicate
    };

    /// Why a batch was not written: decides what its later sequences hear until it comes again.
    enum class miss : std::uint8_t { refused, deferred };

    explicit producer_table(std::size_t producers_max) : producers_max_{producers_max} {}

    [[nodiscard]] finding check(const producer_sequence& sequence);

    /// The batch stands in the log at `offset`; -1: in that of another partition.
    void written(const producer_sequence& sequence, log_offset offset);

    /// The batch was not written: only this sequence, or a higher epoch, goes on from here.
    void missed(const producer_sequence& sequence, miss why);

    /// The log was cut: forgets the batches at `offset` and those that came later, as its new leader
    /// did, and the producers that have no others.
    void forget_from(log_offset offset);

    [[nodiscard]] std::size_t size() const { return entries_.size(); }

  private:
    static constexpr std::size_t batches_max = 5;  ///< ProducerStateEntry.NUM_BATCHES_TO_RETAIN

    struct written_batch {
        producer_sequence sequence;
        log_offset offset;
    };

    struct awaited {
        producer_epoch epoch;
        sequence_number base_sequence;
        miss why = miss::refused;
    };

    struct entry {
        producer_id producer;
        std::array<written_batch, batches_max> batches;  ///< the newest last, all of one epoch
        std::size_t batch_count = 0;
        std::optional<awaited> awaiting;

        [[nodiscard]] producer_epoch newest_epoch() const;
        [[nodiscard]] const written_batch* find(const producer_sequence& sequence) const;
    };

    using entry_list = std::list<entry>;  ///< the one heard of last in front

    entry* touch(producer_id producer);
    entry& touch_or_add(producer_id producer);

    std::size_t producers_max_;
    entry_list recent_;
    std::unordered_map<producer_id, entry_list::iterator> entries_;
};

}  // namespace bkes::sync
