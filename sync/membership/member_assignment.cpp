#include "sync/membership/member_assignment.hpp"

#include "protocol/wire/reader.hpp"

#include <cstdint>

namespace bkes::sync {

std::vector<assigned_partition> read_member_assignment(bytes_view encoded) {
    std::vector<assigned_partition> found;
    protocol::reader in{encoded};
    in.i16();  // the version; later ones only add at the end
    const auto topics = in.array_length();
    for (std::int32_t topic = 0; topic < topics && !in.failed(); ++topic) {
        const auto name = in.string();
        const auto partitions = in.array_length();
        for (std::int32_t at = 0; at < partitions && !in.failed(); ++at) {
            const partition_id partition{in.i32()};
            if (!in.failed()) {
                found.push_back({.topic = std::string{name}, .partition = partition});
            }
        }
    }
    return found;
}

}  // namespace bkes::sync
