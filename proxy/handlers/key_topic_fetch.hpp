#pragma once
// One Fetch from key topics: reads what there is, and waits for enough bytes or the end of its
// max_wait_ms (contract section 5).
//
// A pass first measures and then, if that is enough for an answer, collects. What was measured once
// isn't read again for that: a client that waits for many bytes costs each event once. A proof that
// is too old in the middle of a pass loses nothing that was read.

#include "protocol/kafka_error.hpp"
#include "protocol/messages/fetch.hpp"
#include "proxy/handlers/key_read.hpp"
#include "proxy/handlers/requested_topics.hpp"
#include "proxy/handlers/split_request.hpp"
#include "proxy/key_topics/aggregate_slice.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bkes::proxy {

class key_topic_fetch final : public key_read {
  public:
    /// Of a topic or a partition: asked, kept and answered, without events.
    static constexpr std::size_t element_bytes = 600;

    key_topic_fetch(session& client, const client_request& request,
                    const protocol::fetch_request& asked);

    /// A topic that isn't real, with all that is asked of it. Before `start`.
    void add(const protocol::fetch_request::topic& topic, requested_topic what);

    /// `for_brokers`: the request without these topics.
    void start(session& client, const client_request& request,
               const protocol::fetch_request& for_brokers, bool is_all_ours);

    progress read_on(read_budget& budget) override;
    void ask(session& client, std::move_only_function<void()> done) override;

    [[nodiscard]] bool needs_room() const override { return is_collecting_; }

  private:
    using answered_partition = protocol::fetch_response::topic::partition;

    struct asked_topic {
        requested_topic what;
        std::string name;
        uuid id;
        bool is_forbidden = false;
    };

    struct asked_partition {
        std::size_t topic;  ///< in `topics_`
        std::int32_t index;
        event_order from;
        std::size_t bytes_max;

        std::optional<protocol::kafka_error> fault{};  ///< of the question

        // As last seen.
        event_order start{0};
        event_order next{0};
        std::optional<protocol::kafka_error> error{};
        bool is_refused = false;  ///< may be read later

        event_order measured_to{0};      ///< what is before it, from `from` on, was counted
        std::size_t measured_bytes = 0;  ///< up to `bytes_max`, roughly
        aggregate_slice slice{};
        bool is_collected = false;   ///< in this pass, or before the proof that it waited for
        sync::wait_ticket growth{};  ///< tells of its next event
    };

    void look_at_rights(rights_check& rights) override;
    void passed(session& client) override;
    progress measure(asked_partition& partition, read_budget& budget);
    progress collect(asked_partition& partition, read_budget& budget);
    void read(asked_partition& partition, std::optional<event_order> from,
              const store::event_visitor& visit);

    /// Any event ends the waiting of nearly all clients: then there is nothing to measure.
    [[nodiscard]] bool measures_first() const { return min_bytes_ > 1; }

    [[nodiscard]] bool needs_proof_alone() const;
    [[nodiscard]] bool has_enough() const;
    void begin_pass(bool is_collecting);
    void answer();
    [[nodiscard]] std::optional<protocol::kafka_error> fault_of(
        const asked_partition& partition) const;
    [[nodiscard]] answered_partition answer_of(const asked_partition& partition) const;
    void wait_for_more(session& client);
    void take(const result<protocol::fetch_response>& answer,
              const std::vector<asked_partition*>& open);

    std::shared_ptr<split_request<protocol::fetch_response>> split_;
    std::size_t min_bytes_;
    std::size_t bytes_max_;
    std::deque<asked_topic> topics_;
    std::deque<asked_partition> partitions_;  ///< a deque, as slices stay where they are
    std::size_t at_ = 0;                      ///< the partition that is read now
    std::size_t collected_bytes_ = 0;
    bool is_collecting_ = false;
};

}  // namespace bkes::proxy
