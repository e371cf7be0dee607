#pragma once
// What may never happen, told from the log and from what clients hear alone:
//
//   - a record gets another place than its order header says: it was judged on a past that was none
//     any more (an append past a fence)
//   - a record stands twice, or is acknowledged and doesn't stand
//   - a record stands, or comes to stand, though its client heard that it wasn't written
//   - a read misses what any client had heard of before it began: by an acknowledgement, by a
//     conflict or by a read, at whichever instance
//   - a conflict that was none at any time between question and answer
//
//   - an instance has the partition, though the group didn't mean it since it lost it, or since it
//     heard that it is somebody else's
//
// An unclean election may take what was acknowledged, and a fence: that is Kafka's loss. Reads are
// held against what is acknowledged after it.

#include "sync/sequencer/append_types.hpp"
#include "tests/sim/instances/cluster.hpp"
#include "tests/sim/violation.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

namespace bkes::sim::instances {

/// A read that wasn't answered yet.
struct begun_read {
    std::string key;
    sim_time began;
    std::int64_t least = 0;  ///< so many events it has to show
    std::int64_t cuts = 0;   ///< elections that took something
};

class referee {
  public:
    explicit referee(const leader& partition) : partition_{partition} {}

    /// Before it stands.
    void sees_write(const log_entry& batch, sim_time now);
    void sees_foreign(const std::string& key, sim_time now);
    void sees_cut(sim_time now);
    /// `knows_of_cuts`: whoever answers has heard of all that elections took.
    void sees_answer(command& asked, const sync::answer& reply, bool knows_of_cuts);
    /// An instance gives it to another one, as it was not the owner.
    void sees_passed_on(const command& asked);

    [[nodiscard]] begun_read read_begins(const std::string& key, sim_time now);
    /// `counts`: whoever begins to read after it has to see as much.
    void sees_read(const begun_read& read, std::int64_t head, bool counts);

    std::map<std::string, std::size_t> happened;

  private:
    struct key_life {
        sim_time moved_at;          ///< its head
        std::int64_t heard_of = 0;  ///< events that some client knows to stand
    };

    const leader& partition_;
    std::map<std::string, key_life> keys_;
    std::int64_t cuts_ = 0;
};

}  // namespace bkes::sim::instances
