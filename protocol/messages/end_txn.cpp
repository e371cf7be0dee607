#include "protocol/messages/end_txn.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(end_txn_request);
BKES_INSTANTIATE_CODEC(end_txn_response);

}  // namespace bkes::protocol
