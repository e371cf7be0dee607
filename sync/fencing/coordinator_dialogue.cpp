#include "sync/fencing/coordinator_dialogue.hpp"

#include "protocol/core/assert.hpp"
#include "protocol/kafka_error.hpp"

#include <algorithm>

namespace bkes::sync {

using protocol::kafka_error;

void coordinator_dialogue::begin(goal what) {
    BKES_ASSERT(what == goal::take_over || held_);
    goal_ = what;
    step_ = what == goal::prove ? step::add_partition : step::init_producer;
    is_committed_once_ = false;
    is_fenced_ = false;
}

producer_epoch coordinator_dialogue::fenced_from(const producer_identity& owner) {
    const auto written = std::min(owner.epoch, written_max);
    return producer_epoch{static_cast<std::int16_t>(written.value() + 1)};
}

coordinator_dialogue::verdict coordinator_dialogue::answered(std::int16_t error_code,
                                                             const producer_identity& given) {
    return error_code == 0 ? succeeded(given) : failed(error_code);
}

coordinator_dialogue::verdict coordinator_dialogue::succeeded(const producer_identity& given) {
    switch (step_) {
        case step::find_coordinator:
            break;
        case step::init_producer:
            is_fenced_ = is_fenced_ && held_->producer == given.producer;
            held_ = given;
            step_ = is_fenced_ ? step::init_producer : step::add_partition;
            break;
        case step::add_partition:
            step_ = step::end_transaction;
            break;
        case step::end_transaction:
            if (is_committed_once_) return barrier_stands();
            is_committed_once_ = true;
            break;
    }
    return verdict::go_on;
}

coordinator_dialogue::verdict coordinator_dialogue::barrier_stands() {
    if (!is_retiring()) return verdict::done;
    is_fenced_ = true;
    is_committed_once_ = false;
    step_ = step::init_producer;
    return verdict::go_on;
}

coordinator_dialogue::verdict coordinator_dialogue::failed(std::int16_t error_code) {
    constexpr std::chrono::milliseconds timeout_min{10'000};
    switch (static_cast<kafka_error>(error_code)) {
        case kafka_error::concurrent_transactions:
            return verdict::repeat_soon;
        case kafka_error::not_coordinator:
        case kafka_error::coordinator_not_available:
            needs_coordinator_ = true;
            return verdict::repeat_later;
        case kafka_error::producer_fenced:
        case kafka_error::invalid_producer_epoch:
        case kafka_error::invalid_producer_id_mapping:
            // Whoever takes over expects nothing; two that do so at once get in each other's way.
            return step_ == step::init_producer && goal_ == goal::take_over ? verdict::repeat_later
                                                                            : verdict::lost;
        case kafka_error::invalid_txn_state:
            // No transaction is open (any more): the partition has to be added again.
            if (step_ == step::end_transaction) {
                step_ = step::add_partition;
                is_committed_once_ = false;
            }
            return verdict::repeat_later;
        case kafka_error::invalid_transaction_timeout:
            if (timeout_ <= timeout_min) return verdict::refused;
            timeout_ /= 5;
            return verdict::repeat_soon;
        case kafka_error::unknown_server_error:
            return verdict::repeat_later;
        default:
            return protocol::is_retriable(static_cast<kafka_error>(error_code))
                       ? verdict::repeat_later
                       : verdict::refused;
    }
}

}  // namespace bkes::sync
