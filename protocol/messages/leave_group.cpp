#include "protocol/messages/leave_group.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(leave_group_request);
BKES_INSTANTIATE_CODEC(leave_group_response);

}  // namespace bkes::protocol
