#include "protocol/messages/describe_quorum.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(describe_quorum_request);
BKES_INSTANTIATE_CODEC(describe_quorum_response);

}  // namespace bkes::protocol
