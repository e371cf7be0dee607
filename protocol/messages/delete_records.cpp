#include "protocol/messages/delete_records.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(delete_records_request);
BKES_INSTANTIATE_CODEC(delete_records_response);

}  // namespace bkes::protocol
