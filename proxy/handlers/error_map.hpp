#pragma once
// The one place where an outcome inside bkes becomes a Kafka error code for a client. The reasons
// for each code: docs/decisions/error-codes.md, contract section 3.

#include "protocol/core/bytes.hpp"
#include "protocol/kafka_error.hpp"
#include "sync/types/append_job.hpp"
#include "sync/types/read_types.hpp"

#include <cstdint>
#include <string>

namespace bkes::proxy {

/// The code that goes into a Produce response. A broker's own error passes as it came.
std::int16_t produce_error_of(const sync::append_answer& answer);

/// Of a read by key that was refused.
protocol::kafka_error read_error_of(const sync::read_refusal& refused);

/// The other way round, of what another instance answers.
sync::read_refusal read_refusal_of(std::int16_t error_code);

/// For an extension request that names a topic which bkes doesn't guard.
std::string not_guarded_text(bytes_view topic);

constexpr std::int16_t code_of(protocol::kafka_error error) {
    return static_cast<std::int16_t>(error);
}

}  // namespace bkes::proxy
