#include "protocol/messages/list_keys.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(list_keys_request);
BKES_INSTANTIATE_CODEC(list_keys_response);

}  // namespace bkes::protocol
