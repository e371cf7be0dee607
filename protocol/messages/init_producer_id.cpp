#include "protocol/messages/init_producer_id.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(init_producer_id_request);
BKES_INSTANTIATE_CODEC(init_producer_id_response);

}  // namespace bkes::protocol
