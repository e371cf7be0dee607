#pragma once
// A consumer group as the instances hear of it: who shall own the partition, which changes at any
// time, also to nobody; and what is on its way about it. Nothing is certain to arrive, nor in time,
// so two may believe to be meant, or none.

#include "tests/sim/dice.hpp"
#include "tests/sim/instances/cluster.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace bkes::sim::instances {

/// To one instance.
struct group_news {
    enum class kind : std::uint8_t { assigned, revoked };

    std::size_t instance = 0;
    kind what = kind::assigned;
};

/// Somebody's question who owns the partition, and its answer.
struct group_view {
    std::size_t instance = 0;
    sim_time asked_at{};
    bool is_answered = false;
    bool is_ours = false;
};

class group {
  public:
    /// It gives the partition to this instance; none: to nobody.
    void gives(std::optional<std::size_t> to, sim_time now);

    [[nodiscard]] const std::optional<std::size_t>& owner() const { return owner_; }

    /// The instance was the owner at a moment since then.
    [[nodiscard]] bool was_owner_since(std::size_t instance, sim_time then) const;

    void tells(group_news news) { news_.push_back(news); }

    /// The oldest for one of these instances, any of them.
    [[nodiscard]] std::optional<group_news> next_news(const std::vector<std::size_t>& hearing,
                                                      dice& d);

    void is_asked(std::size_t by, sim_time now) { views_.push_back({by, now}); }

    /// Answers one, any of them.
    void answers_view(dice& d);

    /// An answer for one of these, any of them.
    [[nodiscard]] std::optional<group_view> next_view(const std::vector<std::size_t>& hearing,
                                                      dice& d);

  private:
    std::optional<std::size_t> owner_;
    std::map<std::size_t, sim_time> was_owner_at_;  ///< the last moment, of those that were
    std::deque<group_news> news_;
    std::deque<group_view> views_;
};

}  // namespace bkes::sim::instances
