#include "protocol/messages/fetch.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(fetch_request);
BKES_INSTANTIATE_CODEC(fetch_response);

template result<partial_walk> walk_partial<fetch_response>(bytes_view, std::int16_t, std::size_t,
                                                           std::size_t);

}  // namespace bkes::protocol
