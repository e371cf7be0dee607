#include "protocol/messages/fetch_restore_point.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(fetch_restore_point_request);
BKES_INSTANTIATE_CODEC(fetch_restore_point_response);

}  // namespace bkes::protocol
