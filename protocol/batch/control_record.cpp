#include "protocol/batch/control_record.hpp"

#include "protocol/errors.hpp"
#include "protocol/wire/reader.hpp"

namespace bkes::protocol {

result<control_record> decode_control_record(const record_view& record) {
    reader in{record.key.value_or(bytes_view{})};
    control_record control;
    control.version = in.i16();
    control.type = static_cast<control_type>(in.i16());
    if (in.failed() || control.version < 0) {
        return failure{protocol_errc::malformed};
    }
    return control;
}

}  // namespace bkes::protocol
