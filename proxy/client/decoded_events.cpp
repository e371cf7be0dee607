#include "proxy/client/decoded_events.hpp"

#include <limits>
#include <utility>

namespace bkes::proxy {

namespace {

/// False if they can't be decoded.
bool decode_batches(bytes_view records, std::vector<protocol::decoded_batch>& out) {
    while (!records.empty()) {
        const auto header = protocol::decode_batch_header(records);
        if (!header) {
            return false;
        }
        auto batch = protocol::decode_batch(records.substr(0, header->size()),
                                            std::numeric_limits<std::int32_t>::max());
        if (!batch) {
            return false;
        }
        out.push_back(std::move(*batch));
        records.remove_prefix(header->size());
    }
    return true;
}

}  // namespace

std::optional<decoded_events> decode_events(
    const protocol::fetch_by_key_response::aggregate& answer) {
    decoded_events decoded;
    if (!decode_batches(answer.records, decoded.batches)) {
        return std::nullopt;
    }
    for (const auto& batch : decoded.batches) {
        for (const auto& record : batch.records) {
            const auto order = batch.offset_of(record).value();
            const auto index = decoded.events.size();
            if (index >= answer.log_offsets.size() ||
                (index > 0 && order <= decoded.events.back().order)) {
                return std::nullopt;
            }
            decoded.events.push_back({.order = order,
                                      .offset = answer.log_offsets[index],
                                      .timestamp_ms = batch.timestamp_ms_of(record),
                                      .record = &record});
        }
    }
    return decoded;
}

}  // namespace bkes::proxy
