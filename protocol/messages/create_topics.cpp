#include "protocol/messages/create_topics.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(create_topics_request);
BKES_INSTANTIATE_CODEC(create_topics_response);

}  // namespace bkes::protocol
