#include "protocol/messages/describe_producers.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(describe_producers_request);
BKES_INSTANTIATE_CODEC(describe_producers_response);

}  // namespace bkes::protocol
