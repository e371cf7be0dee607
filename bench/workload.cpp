#include "bench/workload.hpp"

#include "protocol/batch/record_batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace bkes::bench {

std::int64_t aggregate_count(std::int64_t events, std::int64_t size) {
    return std::max<std::int64_t>(1, events / 3 / size);
}

bytes aggregate_key(std::int64_t size, std::int64_t index) {
    return fmt::format("of{}-{:08}", size, index);
}

/// The number through the finalizer of SplitMix64, which gives each one another.
bytes scattered_key(std::int64_t index) {
    auto mixed = static_cast<std::uint64_t>(index);
    mixed = (mixed ^ mixed >> 30U) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ mixed >> 27U) * 0x94D049BB133111EBU;
    return fmt::format("scattered-{:016x}", mixed ^ mixed >> 31U);
}

bytes event_body(std::int64_t order, std::size_t value_size) {
    static const bytes letters = [] {
        std::minstd_rand random{1};
        bytes drawn(std::size_t{1} << 16U, ' ');
        std::ranges::generate(drawn, [&] { return static_cast<char>('a' + random() % 26); });
        return drawn;
    }();
    const auto from = static_cast<std::size_t>(order) * 31 % (letters.size() - value_size);
    const auto text = fmt::to_string(order);
    const protocol::record_header header{.key = "order", .value = bytes_view{text}};
    return protocol::encode_record_body(bytes_view{letters}.substr(from, value_size), {&header, 1});
}

}  // namespace bkes::bench
