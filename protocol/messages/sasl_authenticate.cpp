#include "protocol/messages/sasl_authenticate.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(sasl_authenticate_request);
BKES_INSTANTIATE_CODEC(sasl_authenticate_response);

}  // namespace bkes::protocol
