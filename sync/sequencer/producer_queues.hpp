#pragma once
// The order in which each idempotent client's batches must be taken: the ones on their way stand in
// a line per producer, the decided ones are in the producer_table behind it.

#include "sync/sequencer/pending_append.hpp"
#include "sync/sequencer/producer_table.hpp"

#include <unordered_map>
#include <vector>

namespace bkes::sync {

class producer_queues {
  public:
    explicit producer_queues(std::size_t producers_max) : table_{producers_max} {}

    struct finding {
        producer_table::standing what = producer_table::standing::next;
        log_offset original{-1};
        pending_append* same = nullptr;  ///< a duplicate of one that is still on its way
        bool starts_new_epoch = false;   ///< while batches of an older epoch are on their way
    };

    [[nodiscard]] finding check(const producer_sequence& sequence);

    /// Puts an append that is next to the end of its producer's line.
    void join(pending_append& append);

    /// Takes a written append out of its line.
    void written(pending_append& append, log_offset offset);

    /// Takes an append that was not written, and all behind it, out of the line; gives those
    /// behind it, the last one first.
    std::vector<pending_append*> cut(pending_append& append, producer_table::miss why);

    /// Takes an append out of its line without any consequence for those behind it.
    void leave(pending_append& append);

    /// Gives the whole line of a producer and takes it apart, because a newer epoch begins. Those that
    /// are sent stay in it: what is redirected waits until they are decided.
    std::vector<pending_append*> clear(producer_id producer);

    /// A batch that is next was refused without coming into the line.
    void missed(const producer_sequence& sequence);

    /// The log was cut: what stood at `offset` and behind it is forgotten.
    void forget_from(log_offset offset) { table_.forget_from(offset); }

  private:
    struct line {
        pending_append* front = nullptr;
        pending_append* back = nullptr;
    };

    /// The last one in a line; none, too, if only what was sent before a newer epoch began is left.
    [[nodiscard]] pending_append* newest_of(producer_id producer) const;
    void unlink(pending_append& append);

    std::unordered_map<producer_id, line> lines_;  ///< none is empty
    producer_table table_;
};

}  // namespace bkes::sync
