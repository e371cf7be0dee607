#include "protocol/messages/consumer_group_heartbeat.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(consumer_group_heartbeat_request);
BKES_INSTANTIATE_CODEC(consumer_group_heartbeat_response);

}  // namespace bkes::protocol
