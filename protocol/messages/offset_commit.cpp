#include "protocol/messages/offset_commit.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(offset_commit_request);
BKES_INSTANTIATE_CODEC(offset_commit_response);

}  // namespace bkes::protocol
