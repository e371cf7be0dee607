#include "sync/append/produce_outcome.hpp"

#include "protocol/kafka_error.hpp"

namespace bkes::sync {

answer_class classify_answer(std::int16_t error_code, earlier_attempts earlier) {
    using protocol::kafka_error;
    const auto error = static_cast<kafka_error>(error_code);
    const auto refusal = [earlier](refusal_blame blame) {
        return earlier == earlier_attempts::none ? answer_class{produce_verdict::refused, blame}
                                                 : answer_class{produce_verdict::ask_the_log};
    };
    switch (error) {
        case kafka_error::none:
            return {produce_verdict::written};
        case kafka_error::out_of_order_sequence_number:
        case kafka_error::duplicate_sequence_number:
        case kafka_error::invalid_producer_epoch:
        case kafka_error::unknown_producer_id:
        case kafka_error::producer_fenced:
        case kafka_error::invalid_producer_id_mapping:
            return {produce_verdict::ask_the_log};
        case kafka_error::message_too_large:
        case kafka_error::record_list_too_large:
            return refusal(refusal_blame::its_size);
        case kafka_error::corrupt_message:  // retriable by name, but our bytes won't get better
        case kafka_error::invalid_record:
        case kafka_error::invalid_timestamp:
        case kafka_error::unsupported_compression_type:
        case kafka_error::unsupported_for_message_format:
            return refusal(refusal_blame::one_record);
        case kafka_error::unknown_server_error:  // says nothing about the log
            return {produce_verdict::send_again};
        default:
            return protocol::is_retriable(error) ? answer_class{produce_verdict::send_again}
                                                 : refusal(refusal_blame::whole_batch);
    }
}

}  // namespace bkes::sync
