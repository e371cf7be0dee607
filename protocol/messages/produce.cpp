#include "protocol/messages/produce.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(produce_request);
BKES_INSTANTIATE_CODEC(produce_response);

}  // namespace bkes::protocol
