#include "protocol/messages/list_offsets.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(list_offsets_request);
BKES_INSTANTIATE_CODEC(list_offsets_response);

}  // namespace bkes::protocol
