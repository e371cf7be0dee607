#include "protocol/messages/delete_topics.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(delete_topics_request);
BKES_INSTANTIATE_CODEC(delete_topics_response);

}  // namespace bkes::protocol
