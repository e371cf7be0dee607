#include "protocol/messages/delete_share_group_offsets.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(delete_share_group_offsets_request);
BKES_INSTANTIATE_CODEC(delete_share_group_offsets_response);

}  // namespace bkes::protocol
