#include "protocol/messages/offset_fetch.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(offset_fetch_request);
BKES_INSTANTIATE_CODEC(offset_fetch_response);

}  // namespace bkes::protocol
