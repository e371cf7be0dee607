#include "protocol/messages/write_txn_markers.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(write_txn_markers_request);
BKES_INSTANTIATE_CODEC(write_txn_markers_response);

}  // namespace bkes::protocol
