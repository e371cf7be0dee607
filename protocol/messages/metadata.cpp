#include "protocol/messages/metadata.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(metadata_request);
BKES_INSTANTIATE_CODEC(metadata_response);

}  // namespace bkes::protocol
