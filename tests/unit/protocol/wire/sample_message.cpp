#include "tests/unit/protocol/wire/sample_message.hpp"

#include "protocol/wire/codec_instances.hpp"

namespace bkes::protocol {

BKES_INSTANTIATE_CODEC(sample);

}  // namespace bkes::protocol
