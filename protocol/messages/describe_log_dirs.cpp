#include "protocol/messages/describe_log_dirs.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(describe_log_dirs_request);
BKES_INSTANTIATE_CODEC(describe_log_dirs_response);

}  // namespace bkes::protocol
