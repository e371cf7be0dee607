#include "protocol/messages/describe_cluster.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(describe_cluster_request);
BKES_INSTANTIATE_CODEC(describe_cluster_response);

}  // namespace bkes::protocol
