#include "protocol/messages/offset_for_leader_epoch.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(offset_for_leader_epoch_request);
BKES_INSTANTIATE_CODEC(offset_for_leader_epoch_response);

}  // namespace bkes::protocol
