#pragma once
// The appends that one other instance has given to this one, until it has heard what became of them.
// An append that comes again under its number joins what was begun, so nothing is written twice after
// a lost connection.
//
// Pure: no I/O, no clock, no threads.

#include "sync/types/append_job.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace bkes::sync {

class forward_inbox {
  public:
    /// Under way, or not heard of yet. Beyond that each is decided at once (not_ready), and beyond
    /// twice as many not even that.
    static constexpr std::size_t appends_max = 200'000;

    enum class arrival : std::uint8_t {
        is_new,  ///< to be begun: `decided` follows
        known,   ///< was begun before, or won't be; its outcome is told when it is there
    };

    arrival take(std::int64_t id);

    void decided(std::int64_t id, append_answer answer);

    /// This and all before are heard of.
    void heard_up_to(std::int64_t id);
    void heard(std::int64_t id);

    /// What was told on the last connection may not have arrived.
    void connected_anew();

    /// What was not told on this connection, at most so many.
    [[nodiscard]] std::vector<std::pair<std::int64_t, append_answer>> take_untold(std::size_t most);

    [[nodiscard]] bool has_untold() const { return !untold_.empty(); }

    /// Begun, and not decided.
    [[nodiscard]] std::size_t undecided() const { return undecided_; }

    [[nodiscard]] bool is_empty() const { return appends_.empty(); }

  private:
    std::map<std::int64_t, std::optional<append_answer>> appends_;
    std::vector<std::int64_t> untold_;
    std::int64_t heard_ = 0;            ///< and all before
    std::set<std::int64_t> forgotten_;  ///< heard of, and above
    std::size_t undecided_ = 0;
};

}  // namespace bkes::sync
