#include "store/stored_head.hpp"

#include <algorithm>
#include <tuple>

namespace bkes::store {

std::size_t index_of(const head_list& heads, partition_id partition) {
    std::size_t index = 0;
    while (index < heads.size() && heads[index].head.partition != partition) {
        ++index;
    }
    return index;
}

void sort_home_first(head_list& heads) {
    if (heads.size() < 2) {
        return;
    }
    const auto rank = [](const stored_head& entry) {
        return std::tuple{entry.is_empty(), entry.head.first_timestamp_ms, entry.head.partition};
    };
    std::ranges::sort(heads, {}, rank);
}

}  // namespace bkes::store
