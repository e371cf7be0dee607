#include "protocol/messages/api_versions.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(api_versions_request);
BKES_INSTANTIATE_CODEC(api_versions_response);

}  // namespace bkes::protocol
