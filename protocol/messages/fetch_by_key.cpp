#include "protocol/messages/fetch_by_key.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(fetch_by_key_request);
BKES_INSTANTIATE_CODEC(fetch_by_key_response);

}  // namespace bkes::protocol
