#include "protocol/messages/create_partitions.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(create_partitions_request);
BKES_INSTANTIATE_CODEC(create_partitions_response);

}  // namespace bkes::protocol
