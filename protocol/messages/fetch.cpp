#include "protocol/messages/fetch.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(fetch_request);
BKES_INSTANTIATE_CODEC(fetch_response);

}  // namespace bkes::protocol
