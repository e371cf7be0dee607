#pragma once
// One FetchByKey (contract section 6): first each key in turn gets as many events as were asked for, or
// the time is over; then all are read.

#include "protocol/kafka_error.hpp"
#include "protocol/messages/fetch_by_key.hpp"
#include "proxy/handlers/key_read.hpp"
#include "proxy/handlers/reply.hpp"
#include "proxy/key_topics/aggregate_slice.hpp"
#include "proxy/key_topics/newest_events.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

namespace bkes::proxy {

class key_fetch final : public key_read {
  public:
    key_fetch(session& client, const client_request& request,
              const protocol::fetch_by_key_request& asked);

    void start(session& client, const client_request& request);

    progress read_on(read_budget& budget) override;
    void ask(session& client, std::move_only_function<void()> done) override;

    [[nodiscard]] bool needs_room() const override { return !is_waiting_for_orders_; }

  private:
    using answered_key = protocol::fetch_by_key_response::aggregate;

    struct asked_key {
        bytes key;
        event_order from{0};
        event_order min_next{0};
        std::size_t bytes_max = 0;
        std::int8_t direction = protocol::fetch_by_key_request::ascending;
        std::int32_t events_max = 0;  ///< 0: as many as fit
        bool is_forbidden = false;

        [[nodiscard]] bool is_downwards() const {
            return direction == protocol::fetch_by_key_request::descending;
        }

        [[nodiscard]] bool is_understood() const {
            return events_max >= 0 &&
                   (is_downwards() || direction == protocol::fetch_by_key_request::ascending);
        }

        [[nodiscard]] bool has_enough() const {
            const auto count = is_downwards() ? newest.count() : slice.log_offsets().size();
            return events_max > 0 && count >= static_cast<std::size_t>(events_max);
        }

        [[nodiscard]] event_order next() const { return head ? head->next_order : event_order{0}; }

        // As read.
        std::optional<store::aggregate_head> head{};
        std::optional<protocol::kafka_error> error{};
        newest_events newest{};  ///< downwards: on their way into the slice
        bool is_gathered = false;
        aggregate_slice slice{};
    };

    progress look_at_order(asked_key& key);
    progress read(asked_key& key, read_budget& budget);
    bool gather(asked_key& key, read_budget& budget);
    [[nodiscard]] std::optional<event_order> place_to_read(asked_key& key) const;
    [[nodiscard]] std::optional<event_order> place_to_read_down(asked_key& key) const;
    [[nodiscard]] static std::optional<protocol::kafka_error> error_of(const asked_key& key,
                                                                       event_order lowest,
                                                                       event_order highest);
    void read_range(asked_key& key, const store::head_visitor& start,
                    const store::event_visitor& visit = {});
    void take(const result<protocol::fetch_by_key_response>& answer,
              const std::vector<asked_key*>& open);
    static void take(const answered_key& answer, asked_key& key);
    void look_at_rights(rights_check& rights) override;
    void passed(session& client) override;
    void await_growth(session& client, asked_key& key);
    void answer_not_ready(session& client);
    void answer(session& client);
    [[nodiscard]] static answered_key refusal_of(const asked_key& key, bytes_view text);
    [[nodiscard]] static answered_key answer_of(const asked_key& key);
    [[nodiscard]] static bytes_view text_of(const asked_key& key);

    request_identity identity_;
    bytes topic_;
    std::size_t bytes_left_;      ///< of the answer
    std::deque<asked_key> keys_;  ///< a deque, as slices stay where they are
    std::size_t at_ = 0;          ///< the key that is looked at now
    /// Where there is no store, an instance waits for them.
    bool is_waiting_for_orders_ = has_store();
    std::optional<sync::read_refusal> refusal_;
    bool may_come_ = false;
    bool is_short_ = false;  ///< the key at `at_` hasn't grown enough yet
    sync::wait_ticket growth_;
};

}  // namespace bkes::proxy
