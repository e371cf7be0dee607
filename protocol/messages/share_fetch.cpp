#include "protocol/messages/share_fetch.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(share_fetch_request);
BKES_INSTANTIATE_CODEC(share_fetch_response);

}  // namespace bkes::protocol
