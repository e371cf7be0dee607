#pragma once
// The way of one thread's batches to one broker: a connection that all appenders share whose
// partitions that broker leads, and when a Produce leaves on it. Brokers and bkes pay for each
// request, so one takes along a batch of every partition that has something ready, as Kafka's own
// producer does (clients: producer/internals/Sender).
//
// A broker works on one request of a connection at a time (KafkaChannel is muted meanwhile). So
// what gets ready while some are under way gathers, unless it is so little that nothing is gained.
//
// Belongs to one io_context's thread.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/core/result.hpp"
#include "protocol/messages/produce.hpp"
#include "sync/append/throttle_report.hpp"
#include "sync/broker/broker_link.hpp"
#include "sync/broker/cluster_view.hpp"
#include "sync/types/busy_poll.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace bkes::sync {

/// An appender, as the lane sees it.
class lane_user {
  public:
    /// A request leaves: what is `add`ed inside this call goes with it.
    virtual void departs() = 0;
    /// The connection has ended. What was under way on it has heard of that before.
    virtual void lane_ended() = 0;

  protected:
    ~lane_user() = default;
};

class produce_lane : public std::enable_shared_from_this<produce_lane> {
  public:
    /// Under way at once, each with at most one batch of a partition: as many as a broker
    /// recognises of one producer when they are sent again.
    static constexpr std::size_t requests_max = 5;

    using partition_answer = protocol::produce_response::topic::partition;
    using answer_handler = std::move_only_function<void(result<partition_answer>)>;
    using open_handler = std::move_only_function<void(std::error_code)>;

    /// One batch for one partition.
    struct parcel {
        bytes_view topic;  ///< this and the records are encoded inside `add` or `departs`
        uuid topic_id;     ///< zero: not known, the topic goes by its name
        partition_id partition;
        bytes_view records;
        std::size_t record_count = 0;
        answer_handler answered;  ///< once, never inside `add`; its views are valid during the call
    };

    /// `throttled` hears of answers that hold the next requests back; null: nobody does.
    produce_lane(boost::asio::io_context& context, broker_link_options broker,
                 std::shared_ptr<throttle_report> throttled);
    produce_lane(const produce_lane&) = delete;
    produce_lane& operator=(const produce_lane&) = delete;
    /// Closes the connection, which is shared no longer.
    ~produce_lane();

    /// Calls back when the connection is open, at once if it is; or with what it failed with.
    void open(open_handler done);

    /// From now on the user hears when the connection ends, until it leaves.
    void join(lane_user& user) { users_.push_back(&user); }

    [[nodiscard]] bool is_closed() const { return link_->is_closed(); }

    /// For other requests on the same connection.
    [[nodiscard]] const std::shared_ptr<broker_link>& link() const { return link_; }

    /// So many records of this user are ready to be sent (0: none): `departs` follows, when it is
    /// time.
    void announce(lane_user& user, std::size_t records);

    /// Forgets the user. What it sent is still answered.
    void leave(const lane_user& user);

    /// Sends a batch: with the request that leaves now, or alone. In the order of the calls.
    void add(parcel sent);

  private:
    struct waiting_user {
        lane_user* who;
        std::size_t records;
    };

    struct addressee {
        std::string topic;
        uuid topic_id;
        partition_id partition;
        answer_handler answered;
    };

    void connected(std::error_code error);
    void ended();
    void depart_soon();
    void depart();
    [[nodiscard]] bool may_depart() const;
    bool fill_request();
    void send_request();
    void answered(std::vector<addressee>& aboard, result<protocol::produce_response>& response);
    void report_throttle(std::chrono::milliseconds time);
    /// False if the response lacks one of them.
    static bool deliver(std::vector<addressee>& aboard,
                        result<protocol::produce_response>& response);

    boost::asio::io_context& context_;
    busy_poll& busy_poll_;
    std::shared_ptr<broker_link> link_;
    std::string broker_;  ///< HOST:PORT
    std::shared_ptr<throttle_report> throttled_;
    std::vector<open_handler> opening_;
    std::vector<lane_user*> users_;
    std::vector<waiting_user> waiting_;
    std::deque<std::size_t> under_way_;  ///< records of each request without an answer
    bool will_depart_ = false;

    // The request that is being filled.
    protocol::produce_request request_;
    std::vector<addressee> aboard_;
    std::size_t request_bytes_ = 0;
    std::size_t request_records_ = 0;
    bool is_filling_ = false;
};

/// The lanes of one thread, by broker.
class produce_lanes {
  public:
    produce_lanes(boost::asio::io_context& context, std::string client_id,
                  std::chrono::milliseconds keep_alive = {},
                  std::shared_ptr<link_security> security = {},
                  std::shared_ptr<throttle_report> throttled = {})
        : context_{context},
          client_id_{std::move(client_id)},
          keep_alive_{keep_alive},
          security_{std::move(security)},
          throttled_{std::move(throttled)} {}

    [[nodiscard]] boost::asio::io_context& context() const { return context_; }

    /// The lane to this broker that isn't closed, or a new one, to be opened.
    std::shared_ptr<produce_lane> to(const broker_address& broker);

  private:
    struct known_lane {
        broker_address broker;
        std::weak_ptr<produce_lane> lane;
    };

    boost::asio::io_context& context_;
    std::string client_id_;
    std::chrono::milliseconds keep_alive_;
    std::shared_ptr<link_security> security_;
    std::shared_ptr<throttle_report> throttled_;
    std::vector<known_lane> lanes_;
};

}  // namespace bkes::sync
