#include "proxy/commands/partitioner.hpp"

#include "protocol/core/assert.hpp"

#include <boost/endian/conversion.hpp>

namespace bkes::proxy {

std::int32_t murmur2(bytes_view data) {
    constexpr std::uint32_t seed = 0x9747b28c;
    constexpr std::uint32_t m = 0x5bd1e995;
    auto hash = seed ^ static_cast<std::uint32_t>(data.size());
    for (; data.size() >= 4; data.remove_prefix(4)) {
        auto word = boost::endian::endian_load<std::uint32_t, 4, boost::endian::order::little>(
            reinterpret_cast<const unsigned char*>(data.data()));
        word *= m;
        word ^= word >> 24U;
        word *= m;
        hash *= m;
        hash ^= word;
    }
    if (!data.empty()) {
        for (std::size_t i = data.size(); i-- > 0;) {
            hash ^= std::uint32_t{static_cast<unsigned char>(data[i])} << (8 * i);
        }
        hash *= m;
    }
    hash ^= hash >> 13U;
    hash *= m;
    hash ^= hash >> 15U;
    return static_cast<std::int32_t>(hash);
}

partition_id partition_for_key(bytes_view key, std::int32_t partition_count) {
    BKES_ASSERT(partition_count > 0);
    return partition_id{(murmur2(key) & 0x7fffffff) % partition_count};
}

}  // namespace bkes::proxy
