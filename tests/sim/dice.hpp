#pragma once
// Random numbers that are the same everywhere: a run is a list of step seeds, so a step does the
// same whatever other steps were taken out before it (that is how failures are shrunk).

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bkes::sim {

class dice {
  public:
    explicit dice(std::uint64_t seed) : state_{seed} {}

    std::uint64_t next() {  // splitmix64
        auto z = (state_ += 0x9e3779b97f4a7c15U);
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }

    /// 0 .. end-1
    std::size_t below(std::size_t end) { return static_cast<std::size_t>(next() % end); }

    bool percent(std::size_t chance) { return below(100) < chance; }

    template <class T>
    const T& one_of(const std::vector<T>& from) {
        return from[below(from.size())];
    }

  private:
    std::uint64_t state_;
};

}  // namespace bkes::sim
