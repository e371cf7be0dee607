#include "protocol/messages/describe_configs.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(describe_configs_request);
BKES_INSTANTIATE_CODEC(describe_configs_response);

}  // namespace bkes::protocol
