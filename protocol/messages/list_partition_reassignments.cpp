#include "protocol/messages/list_partition_reassignments.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(list_partition_reassignments_request);
BKES_INSTANTIATE_CODEC(list_partition_reassignments_response);

}  // namespace bkes::protocol
