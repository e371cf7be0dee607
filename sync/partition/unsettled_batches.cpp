#include "sync/partition/unsettled_batches.hpp"

#include <functional>
#include <iterator>
#include <utility>

namespace bkes::sync {

unsettled_batches::slot unsettled_batches::slot_of(bytes_view key) {
    return static_cast<slot>(std::hash<bytes_view>{}(key) % slots);
}

void unsettled_batches::sent(batch_id id, std::vector<slot> keys, read_moment now) {
    for (const auto key : keys) {
        ++keys_[key];
    }
    batches_.insert_or_assign(
        id, unsettled{.sent_at = now, .keys = std::move(keys), .end = std::nullopt});
    publish();
}

void unsettled_batches::not_written(batch_id id) {
    if (const auto found = batches_.find(id); found != batches_.end()) {
        settle(found);
        publish();
    }
}

void unsettled_batches::written(batch_id id, log_offset end) {
    if (const auto found = batches_.find(id); found != batches_.end()) {
        found->second.end = end;
    }
}

bool unsettled_batches::stored(log_offset next_offset) {
    bool has_settled = false;
    for (auto at = batches_.begin(); at != batches_.end();) {
        const bool is_in_store = at->second.end && *at->second.end <= next_offset;
        has_settled = has_settled || is_in_store;
        at = is_in_store ? settle(at) : std::next(at);
    }
    if (has_settled) {
        publish();
    }
    return has_settled;
}

void unsettled_batches::cut(log_offset end) {
    for (auto at = batches_.begin(); at != batches_.end();) {
        at = at->second.end && *at->second.end > end ? settle(at) : std::next(at);
    }
    publish();
}

void unsettled_batches::clear() {
    for (auto at = batches_.begin(); at != batches_.end();) {
        at = settle(at);
    }
    publish();
}

unsettled_batches::table::iterator unsettled_batches::settle(table::iterator one) {
    for (const auto key : one->second.keys) {
        --keys_[key];
    }
    return batches_.erase(one);
}

void unsettled_batches::publish() {
    settled_until_ = batches_.empty() ? read_moment::max() : batches_.begin()->second.sent_at;
}

}  // namespace bkes::sync
