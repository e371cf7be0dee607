#pragma once
// The cluster, the instances and the clients of one run, and what may happen among them.

#include "tests/sim/dice.hpp"
#include "tests/sim/instances/cluster.hpp"
#include "tests/sim/instances/instance.hpp"
#include "tests/sim/instances/referee.hpp"
#include "tests/sim/instances/wires.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
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
    void note(std::string line);
    void begin_instance(const std::vector<log_entry>& disk);
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
    void take_request(leader_wire& wire, dice& d);
    void produce(leader_message& request, dice& d);
    void carry_out(coordinator_message& asked);
    void deliver(leader_wire& wire);

    sim_time now_{std::chrono::hours{1000}};
    std::size_t batches_max_;
    bool closes_idle_;
    std::size_t reads_percent_;  ///< of the times at which an instance could read the log
    bool is_calm_ = false;
    sim_time last_write_at_;
    std::size_t leader_node_ = 0;
    leader leader_;
    coordinator coordinator_;
    referee referee_{leader_};
    std::deque<command> commands_;
    std::list<leader_wire> wires_;
    std::deque<coordinator_message> questions_;
    surroundings around_;
    std::vector<std::unique_ptr<instance>> instances_;  ///< the dead ones as well
    std::deque<std::string> trace_;
};

}  // namespace bkes::sim::instances
