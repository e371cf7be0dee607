#include "protocol/messages/find_coordinator.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(find_coordinator_request);
BKES_INSTANTIATE_CODEC(find_coordinator_response);

}  // namespace bkes::protocol
