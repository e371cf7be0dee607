#include "protocol/messages/describe_groups.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(describe_groups_request);
BKES_INSTANTIATE_CODEC(describe_groups_response);

}  // namespace bkes::protocol
