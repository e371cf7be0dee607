#include "protocol/messages/sasl_handshake.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(sasl_handshake_request);
BKES_INSTANTIATE_CODEC(sasl_handshake_response);

}  // namespace bkes::protocol
