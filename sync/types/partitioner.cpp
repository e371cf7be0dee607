#include "sync/types/partitioner.hpp"

#include "protocol/core/assert.hpp"

#include <boost/endian/conversion.hpp>
#include <zlib.h>

namespace bkes::sync {

namespace {

/// Kafka's: 32 bits, with its seed (common/utils/Utils.java).
std::uint32_t murmur2(bytes_view data) {
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
    return hash;
}

std::uint32_t crc32_of(bytes_view data) {
    return static_cast<std::uint32_t>(
        crc32_z(0, reinterpret_cast<const Bytef*>(data.data()), data.size()));
}

}  // namespace

partition_id partition_for_key(partitioner rule, bytes_view key, std::int32_t partition_count) {
    BKES_ASSERT(partition_count > 0);
    // Java's numbers have a sign, and it takes that bit away; librdkafka's CRC has none.
    const auto hash =
        rule == partitioner::crc32 ? crc32_of(key) : murmur2(key) & std::uint32_t{0x7fffffff};
    return partition_id{
        static_cast<std::int32_t>(hash % static_cast<std::uint32_t>(partition_count))};
}

}  // namespace bkes::sync
