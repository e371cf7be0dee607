#include "protocol/messages/alter_configs.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(alter_configs_request);
BKES_INSTANTIATE_CODEC(alter_configs_response);

}  // namespace bkes::protocol
