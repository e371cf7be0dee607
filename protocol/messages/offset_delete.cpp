#include "protocol/messages/offset_delete.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(offset_delete_request);
BKES_INSTANTIATE_CODEC(offset_delete_response);

}  // namespace bkes::protocol
