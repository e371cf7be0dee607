#pragma once
// One Fetch from key topics while it waits: for the topic to be readable, then for enough bytes or
// the end of its max_wait_ms (contract section 5). Lives on its session's thread, held by the
// callbacks it waits for.

#include "protocol/messages/fetch.hpp"
#include "proxy/aggregate_slice.hpp"
#include "proxy/requested_topics.hpp"
#include "proxy/server_state.hpp"
#include "proxy/split_request.hpp"

#include <chrono>
#include <deque>
#include <string>
#include <vector>

namespace bkes::proxy {

class key_topic_fetch : public split_request<protocol::fetch_response> {
  public:
    key_topic_fetch(session& client, const client_request& request,
                    const protocol::fetch_request& asked);

    /// A topic that isn't real, with all that is asked of it. Before `begin`.
    void add(const protocol::fetch_request::topic& topic, requested_topic what);

    void begin(session& client);

  private:
    using steady_clock = std::chrono::steady_clock;

    struct asked_partition {
        std::int32_t index;
        std::int64_t offset;
        std::size_t bytes_max;
        bool is_awaited = false;  ///< a callback for its next event is out
    };

    struct asked_topic {
        requested_topic what;
        std::string name;
        uuid id;
        std::vector<asked_partition> partitions;
    };

    void readable(sync::wait_result result);
    /// Reads what there is, when there is room for it; answers, or waits for more.
    void evaluate();
    void answer_all(sync::wait_result result);
    void wait_for_more(session& client);
    protocol::fetch_response::topic::partition read(server_state& server, const asked_topic& topic,
                                                    const asked_partition& partition,
                                                    sync::wait_result readable);
    [[nodiscard]] std::shared_ptr<key_topic_fetch> self();
    [[nodiscard]] bytes_view guarded_topic(server_state& server) const;

    std::weak_ptr<session> client_;
    std::int32_t min_bytes_;
    std::size_t bytes_max_;
    steady_clock::time_point deadline_;
    std::vector<asked_topic> topics_;
    std::deque<aggregate_slice> slices_;  ///< what the answer's views point into
    std::size_t bytes_read_ = 0;
    bool has_error_ = false;
    bool is_answered_ = false;
};

}  // namespace bkes::proxy
