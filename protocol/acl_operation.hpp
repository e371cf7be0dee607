#pragma once
// What rights there are to a topic, as ACLs and authorized operations name them (KIP-430; Kafka:
// common/acl/AclOperation.java).

#include <cstdint>

namespace bkes::protocol {

enum class acl_operation : std::uint8_t {
    read = 3,
    write = 4,
    describe = 8,
};

/// Authorized operations, one bit each, as Metadata and DescribeTopicPartitions tell them.
using authorized_operations = std::int32_t;

constexpr authorized_operations bit_of(acl_operation operation) {
    return authorized_operations{1} << static_cast<unsigned>(operation);
}

}  // namespace bkes::protocol
