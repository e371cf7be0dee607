#include "protocol/messages/incremental_alter_configs.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(incremental_alter_configs_request);
BKES_INSTANTIATE_CODEC(incremental_alter_configs_response);

}  // namespace bkes::protocol
