#include "protocol/messages/forward.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(forward_request);
BKES_INSTANTIATE_CODEC(forward_response);

}  // namespace bkes::protocol
