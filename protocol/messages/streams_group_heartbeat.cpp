#include "protocol/messages/streams_group_heartbeat.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(streams_group_heartbeat_request);
BKES_INSTANTIATE_CODEC(streams_group_heartbeat_response);

}  // namespace bkes::protocol
