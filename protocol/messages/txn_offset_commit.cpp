#include "protocol/messages/txn_offset_commit.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(txn_offset_commit_request);
BKES_INSTANTIATE_CODEC(txn_offset_commit_response);

}  // namespace bkes::protocol
