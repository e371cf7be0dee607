#include "protocol/messages/elect_leaders.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(elect_leaders_request);
BKES_INSTANTIATE_CODEC(elect_leaders_response);

}  // namespace bkes::protocol
