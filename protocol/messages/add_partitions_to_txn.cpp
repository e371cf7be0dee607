#include "protocol/messages/add_partitions_to_txn.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(add_partitions_to_txn_request);
BKES_INSTANTIATE_CODEC(add_partitions_to_txn_response);

}  // namespace bkes::protocol
