#pragma once
// The cluster, the instances and the clients of one run, and what may happen among them.

#include "tests/sim/dice.hpp"
#include "tests/sim/instances/cluster.hpp"
#include "tests/sim/instances/group.hpp"
#include "tests/sim/instances/instance.hpp"
#include "tests/sim/instances/referee.hpp"
#include "tests/sim/instances/wires.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bkes::sim::instances {

class world {
  public:
    explicit world(std::uint64_t seed);

    void step(std::uint64_t seed);
    /// Nothing goes wrong any more: somebody serves, and everybody is answered.
    void finish(std::uint64_t seed);

    std::vector<std::string> trace() { return {trace_.begin(), trace_.end()}; }

    [[nodiscard]] const auto& happened() const { return referee_.happened; }

  private:
    /// Of one instance to another one: how far it is, if it is the owner.
    struct position_question {
        instance* from = nullptr;
        instance* to = nullptr;  ///< none: not sent yet
        sim_time arrived_at{};
        bool is_answered = false;
        std::optional<sync::log_reach> said{};
    };

    struct waiting_read {
        instance* where = nullptr;
        begun_read read;
    };

    void note(std::string line);
    void begin_instance(const std::vector<log_entry>& disk);
    /// Begins one that takes over.
    instance& begin_successor();
    instance& any_instance(dice& d);
    leader_wire* open_wire(instance& client, std::uint64_t connection);

    void client_asks(dice& d);
    void client_asks_of(instance& where, dice& d);
    void client_reads(dice& d);
    void client_reads_of(instance& where, dice& d);
    void leader_works(dice& d);
    void answer_arrives(dice& d);
    void coordinator_works(dice& d);
    void coordinator_answers(dice& d);
    void seldom(dice& d);
    void wire_breaks(dice& d);
    void election(dice& d);
    void restart(dice& d);
    void hours_pass(dice& d);
    void sleeps_through(dice& d);
    void sleeps_with_a_lost_answer(dice& d);
    void old_records_are_forgotten(dice& d);
    void fence_is_cut(dice& d);
    void break_wire(leader_wire& wire, dice& d);
    void cut_log(std::size_t entry);
    void drain(dice& d, int rounds);
    void finish_shared(dice& d);

    // ---- shared ownership (world_group.cpp, world_reads.cpp, world_shared_mishaps.cpp)
    [[nodiscard]] std::vector<std::size_t> hearing() const;
    [[nodiscard]] std::size_t alive() const;
    void group_step(dice& d);
    void group_works(dice& d);
    void group_moves(dice& d);
    void group_storms(dice& d);
    void gives(std::optional<std::size_t> to);
    void news_arrives(dice& d);
    void view_arrives(dice& d);
    void tenure_begins(instance& where);
    void member_comes_or_goes(dice& d);
    void forward_arrives(dice& d);
    void position_is_asked(dice& d);
    void position_arrives(dice& d);
    void answer_position(position_question& asked, dice& d);
    void reads_go_on(dice& d);
    [[nodiscard]] bool try_read(const waiting_read& waiting);
    void taker_dies_without_marker(dice& d);
    void follower_keeps_what_is_cut(dice& d);
    void follower_waits_for_what_is_cut(instance& owner, dice& d);

    void take_request(leader_wire& wire, dice& d);
    void produce(leader_message& request, dice& d);
    void carry_out(coordinator_message& asked);
    void deliver(leader_wire& wire);

    sim_time now_{std::chrono::hours{1000}};
    bool is_shared_;
    std::size_t batches_max_;
    bool closes_idle_;
    std::size_t reads_percent_;  ///< of the times at which an instance could read the log
    bool is_calm_ = false;
    const instance* reads_nothing_ = nullptr;  ///< its fetches hang
    sim_time last_write_at_;
    std::size_t leader_node_ = 0;
    producer_id newest_producer_{-1};
    leader leader_;
    coordinator coordinator_;
    referee referee_{leader_};
    std::deque<command> commands_;
    std::list<leader_wire> wires_;
    std::deque<coordinator_message> questions_;
    group group_;
    std::deque<command*> forwards_;  ///< between two instances
    std::deque<position_question> positions_;
    std::deque<waiting_read> reads_;
    std::map<const instance*, sim_time> lost_at_;     ///< those that have no tenure since
    std::map<const instance*, sim_time> revoked_at_;  ///< those that heard of nothing since
    std::size_t tenures_ = 0;                         ///< that began
    surroundings around_;
    std::vector<std::unique_ptr<instance>> instances_;  ///< the dead ones as well
    std::deque<std::string> trace_;
};

}  // namespace bkes::sim::instances
