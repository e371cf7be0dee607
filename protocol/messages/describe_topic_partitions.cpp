#include "protocol/messages/describe_topic_partitions.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(describe_topic_partitions_request);
BKES_INSTANTIATE_CODEC(describe_topic_partitions_response);

}  // namespace bkes::protocol
