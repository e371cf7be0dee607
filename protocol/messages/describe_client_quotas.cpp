#include "protocol/messages/describe_client_quotas.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(describe_client_quotas_request);
BKES_INSTANTIATE_CODEC(describe_client_quotas_response);

}  // namespace bkes::protocol
