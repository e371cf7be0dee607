#pragma once
// What one thread gives to one other instance: appends for the partitions that it owns, and questions
// how far they are, over one connection (Forward, api key 20003).
//
// Whatever gathered while the last request travelled goes as one. Of requests under way only the last
// one waits for outcomes, and an outcome comes when it is there, so an append that is held over there
// holds up no other.
//
// After a lost connection all that was not heard of is sent again under its ids, and the other side
// joins it to what it has. So it must be the same process: if that is gone, nobody knows what became
// of what was sent.
//
// Belongs to one io_context's thread. Only what takes appends out (`give_back_unsent`, `expire`,
// `give_up_if_cut_off`, `stop`) calls back inside the call.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/core/result.hpp"
#include "protocol/messages/forward.hpp"
#include "sync/broker/broker_link.hpp"
#include "sync/types/append_job.hpp"
#include "sync/types/log_reach.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bkes::sync {

/// An append that another instance is to judge and write.
struct forwarded_append {
    std::string topic;
    partition_id partition;
    append_job job;
    /// Those for one partition stay in this order.
    std::uint64_t arrival = 0;
    /// Until then it may wait for its owner.
    std::chrono::steady_clock::time_point hold_until;
};

class forward_lane_events {
  public:
    virtual void answered(forwarded_append append, append_answer answer) = 0;
    /// The other side has nothing of it: somebody else is to be asked.
    virtual void returned(forwarded_append append) = 0;
    /// It was sent, and nobody knows what became of it.
    virtual void unknown(forwarded_append append) = 0;
    /// The other side can't be reached, or says that it isn't meant.
    virtual void doubted(const std::string& instance) = 0;
    /// It was reached before, and nobody listens there any more.
    virtual void gone(const std::string& instance) = 0;

  protected:
    ~forward_lane_events() = default;
};

class forward_lane : public std::enable_shared_from_this<forward_lane> {
  public:
    /// `instance`: of the process at the other end. `events` outlives the lane, or `stop` is called
    /// first.
    forward_lane(boost::asio::io_context& context, broker_link_options to, std::string instance,
                 forward_lane_events& events);
    forward_lane(const forward_lane&) = delete;
    forward_lane& operator=(const forward_lane&) = delete;
    ~forward_lane() = default;

    void add(forwarded_append append);

    /// The answer is of a moment after this call; empty if none comes.
    void ask_position(std::string topic, partition_id partition, reach_handler done);

    /// What was never sent and isn't for that instance any more, as `keep` says, is `returned`.
    void give_back_unsent(const std::function<bool(const forwarded_append&)>& keep);

    /// Answers what waited too long.
    void expire(std::chrono::steady_clock::time_point now);

    /// The process is gone, as far as the group knows: unless it can be reached, all is `returned` or
    /// `unknown`.
    void give_up_if_cut_off();

    /// All is `returned` or `unknown`; nothing is told after it.
    void stop();

    [[nodiscard]] bool is_empty() const { return appends_.empty() && positions_.empty(); }

    [[nodiscard]] const std::string& instance() const { return instance_; }

  private:
    /// Of a request under way, by which a refusal is told from what earlier ones began.
    using request_number = std::uint64_t;

    struct unheard_append {
        forwarded_append what;
        std::optional<request_number> first_sent{};
        bool is_queued = true;
    };

    struct unheard_question {
        std::string topic;
        partition_id partition;
        reach_handler done;
        std::chrono::steady_clock::time_point asked_at = std::chrono::steady_clock::now();
        bool is_queued = true;
    };

    std::vector<unheard_append> take_out(const std::function<bool(const unheard_append&)>& which);
    void send_soon();
    void send_more();
    void send_request();
    void heard(request_number number, const result<protocol::forward_response>& response);
    void refused(request_number number, std::int16_t error_code, bytes_view text);
    void connect();
    void connection_ended();
    void retry_later();
    void fail_questions();
    void give_up();
    void let_go(std::vector<unheard_append> appends);

    boost::asio::io_context& context_;
    broker_link_options to_;
    std::string instance_;
    forward_lane_events& events_;
    uuid own_id_;
    std::shared_ptr<broker_link> link_;
    boost::asio::steady_timer retry_;
    std::map<std::int64_t, unheard_append> appends_;  ///< by id, which rises
    std::map<std::int64_t, unheard_question> positions_;
    std::vector<std::int64_t> heard_;  ///< and not said so yet
    std::int64_t next_id_ = 1;
    request_number next_request_ = 1;
    std::size_t queued_ = 0;     ///< of both
    std::size_t under_way_ = 0;  ///< requests
    int failures_ = 0;
    bool was_reached_ = false;
    bool is_send_posted_ = false;
    bool is_stopped_ = false;
};

}  // namespace bkes::sync
