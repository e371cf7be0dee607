#include "protocol/messages/share_acknowledge.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(share_acknowledge_request);
BKES_INSTANTIATE_CODEC(share_acknowledge_response);

}  // namespace bkes::protocol
