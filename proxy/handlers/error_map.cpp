#include "proxy/handlers/error_map.hpp"

#include "sync/types/printable.hpp"

#include <fmt/format.h>

#include <utility>

namespace bkes::proxy {

using protocol::kafka_error;
using sync::append_result;

std::int16_t produce_error_of(const sync::append_answer& answer) {
    switch (answer.outcome) {
        case append_result::written:
            return code_of(kafka_error::none);
        case append_result::order_conflict:
        case append_result::wrong_partition:
        case append_result::transactional:
            return code_of(kafka_error::policy_violation);
        case append_result::invalid_record:
            return code_of(kafka_error::invalid_record);
        case append_result::corrupt_batch:
            return code_of(kafka_error::corrupt_message);
        case append_result::too_large:
            return code_of(kafka_error::message_too_large);
        // Nothing was written, and every client tries again without looking for another leader.
        case append_result::not_ready:
        case append_result::stopped:
            return code_of(kafka_error::not_enough_replicas);
        case append_result::not_owner:
            return code_of(kafka_error::not_leader_or_follower);
        case append_result::timed_out:
            return code_of(kafka_error::request_timed_out);
        case append_result::sequence_out_of_order:
            return code_of(kafka_error::out_of_order_sequence_number);
        case append_result::broker_refused:
            return answer.broker_error;
    }
    std::unreachable();
}

kafka_error read_error_of(const sync::read_refusal& refused) {
    switch (refused.why) {
        case sync::read_refusal::kind::not_ready:
        case sync::read_refusal::kind::not_owner:
            return kafka_error::not_leader_or_follower;
        case sync::read_refusal::kind::store_failed:
            return kafka_error::unknown_server_error;
    }
    std::unreachable();
}

sync::read_refusal read_refusal_of(std::int16_t error_code) {
    const bool may_come = error_code == code_of(kafka_error::not_leader_or_follower);
    return {.why = may_come ? sync::read_refusal::kind::not_ready
                            : sync::read_refusal::kind::store_failed};
}

std::string not_guarded_text(bytes_view topic) {
    return fmt::format("bkes: topic \"{}\" is not guarded", sync::printable(topic));
}

}  // namespace bkes::proxy
