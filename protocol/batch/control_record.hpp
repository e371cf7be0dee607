#pragma once
// The one record of a control batch: what brokers write into a partition for themselves, mostly the
// end of a transaction. It takes an offset and is no data (Kafka: ControlRecordType.java).

#include "protocol/batch/record_batch.hpp"
#include "protocol/core/result.hpp"

#include <cstdint>

namespace bkes::protocol {

/// Others exist (3 and 4 snapshots, 5 and 6 KRaft's own) and more may come: all are skipped.
enum class control_type : std::int16_t { abort = 0, commit = 1, leader_change = 2 };

struct control_record {
    std::int16_t version = 0;
    control_type type{};

    /// Ends the transaction of the batch's producer id and epoch.
    [[nodiscard]] bool ends_transaction() const {
        return type == control_type::abort || type == control_type::commit;
    }
};

/// Reads the key of a record of a control batch; malformed if it has none or a short one. A longer
/// one is a later version's.
result<control_record> decode_control_record(const record_view& record);

}  // namespace bkes::protocol
