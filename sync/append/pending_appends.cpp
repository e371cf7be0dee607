#include "sync/append/pending_appends.hpp"

#include "protocol/batch/record_batch.hpp"
#include "protocol/core/assert.hpp"
#include "sync/types/log.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>

namespace bkes::sync {

namespace {

/// The number its condition asked for is the number in its header.
std::optional<event_order> declared_order(const judged_event& event) {
    return event.condition.what == order_condition::kind::exactly
               ? std::optional{event.condition.number}
               : std::nullopt;
}

/// What one client's session throws (it may have no memory) is not the others' business.
void deliver(append_reply& reply, append_answer answer) {
    if (!reply.done || reply.is_gone()) {
        return;
    }
    try {
        reply.done(std::move(answer));
    } catch (const std::exception& thrown) {
        sync_log().error("answer to an append is lost client={} reason=\"{}\"", reply.client,
                         thrown.what());
    }
}

}  // namespace

void answer_outbox::add(append_reply reply, append_answer answer) {
    if (reply.taken_at) {
        counts_.of(answer.outcome).add();
        counts_.append_seconds.observe(std::chrono::steady_clock::now() - *reply.taken_at);
    }
    auto* const context = reply.answer_on;
    auto found = std::ranges::find(by_context_, context, [](const auto& one) { return one.first; });
    if (found == by_context_.end()) {
        by_context_.emplace_back(context, std::vector<addressed_answer>{});
        found = std::prev(by_context_.end());
    }
    found->second.push_back({.reply = std::move(reply), .answer = std::move(answer)});
}

void answer_outbox::flush() {
    for (auto& [context, answers] : by_context_) {
        if (answers.empty()) {
            continue;
        }
        boost::asio::post(*context, [ready = std::exchange(answers, {})]() mutable {
            for (auto& one : ready) {
                deliver(one.reply, std::move(one.answer));
            }
        });
    }
}

append_id pending_appends::add(std::unique_ptr<client_batch> batch, append_reply reply) {
    const append_id id{next_id_++};
    auto& pending = appends_[id];
    pending.batch = std::move(batch);
    pending.reply = std::move(reply);
    return id;
}

unanswered_append* pending_appends::find(append_id id) {
    const auto found = appends_.find(id);
    return found == appends_.end() ? nullptr : &found->second;
}

void pending_appends::drop_batch(append_id id) {
    if (auto* pending = find(id)) {
        pending->batch = nullptr;
    }
}

std::vector<append_id> pending_appends::gone() const {
    std::vector<append_id> ids;
    for (const auto& [id, pending] : appends_) {
        if (pending.reply.is_gone()) {
            ids.push_back(id);
        }
    }
    return ids;
}

pending_appends::encoded_batch pending_appends::encode(std::span<const append_id> ids) {
    encoded_batch out;
    if (ids.size() == 1) {
        const auto* pending = find(ids.front());
        BKES_ASSERT(pending != nullptr);
        out.encoded = pending->batch->records;
        out.record_count = pending->batch->decoded.header.record_count;
        return out;
    }
    protocol::batch_builder builder{out.encoded};
    for (const auto id : ids) {
        const auto* pending = find(id);
        BKES_ASSERT(pending != nullptr);
        const auto& decoded = pending->batch->decoded;
        for (const auto& record : decoded.records) {
            builder.add({.timestamp_ms = decoded.timestamp_ms_of(record),
                         .key = record.key,
                         .body = record.body});
        }
    }
    out.record_count = builder.record_count();
    builder.finish(log_offset{0}, {});
    return out;
}

void pending_appends::append_events(std::span<const append_id> ids, log_offset base_offset,
                                    std::int64_t log_append_time_ms,
                                    std::vector<store::new_event>& events) {
    auto offset = base_offset;
    for (const auto id : ids) {
        const auto* pending = find(id);
        BKES_ASSERT(pending != nullptr);
        const auto& batch = *pending->batch;
        for (std::size_t index = 0; index < batch.events.size(); ++index, offset = offset + 1) {
            const auto& record = batch.decoded.records[index];
            if (!record.key) {
                continue;
            }
            events.push_back(
                {.offset = offset,
                 .timestamp_ms = log_append_time_ms >= 0 ? log_append_time_ms
                                                         : batch.decoded.timestamp_ms_of(record),
                 .timestamp_from = log_append_time_ms >= 0 ? store::timestamp_type::log_append_time
                                                           : store::timestamp_type::create_time,
                 .key = *record.key,
                 .declared_order = declared_order(batch.events[index]),
                 .body = record.body});
        }
    }
}

}  // namespace bkes::sync
