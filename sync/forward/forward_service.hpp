#pragma once
// What other instances give to this one (Forward, api key 20003), from their requests to the answers.
// An append begun here comes to its end whatever becomes of the connection that brought it.
//
// Any thread. Contexts that are given outlive it.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "protocol/messages/forward.hpp"
#include "sync/types/append_job.hpp"
#include "sync/types/log_reach.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace bkes::sync {

class forward_service {
  public:
    /// Somebody asks how far a partition is.
    struct position_request {
        std::chrono::steady_clock::time_point deadline;
        boost::asio::io_context& context;
        /// Once, on `context`; error_code as in forward_response::position.
        std::move_only_function<void(std::int16_t error_code, const log_reach& reach)> done;
    };

    /// To this instance's partitions.
    struct doors {
        /// False: there is no such partition, and nothing is called.
        std::function<bool(bytes_view topic, partition_id partition, append_job job)> submit;
        std::function<void(bytes_view topic, partition_id partition, position_request asked)>
            position;
    };

    /// The answer, its views valid during the call.
    using reply_handler = std::move_only_function<void(const protocol::forward_response&)>;

    /// `instance`: as other instances know this process.
    forward_service(std::string instance, doors to);
    forward_service(const forward_service&) = delete;
    forward_service& operator=(const forward_service&) = delete;
    ~forward_service();

    /// Takes over what the request asks, which its sender may. `reply` is called on `context`, whose
    /// thread this is, perhaps inside the call; never if the forwarder comes over another connection
    /// first.
    void handle(const protocol::forward_request& request, boost::asio::io_context& context,
                const std::weak_ptr<const void>& connection, reply_handler reply);

  private:
    class box;

    std::shared_ptr<box> box_of(const uuid& forwarder);
    void forget_silent();

    const std::string instance_;
    const doors to_;
    std::mutex mutex_;
    std::map<uuid, std::shared_ptr<box>> boxes_;  ///< under mutex_
};

}  // namespace bkes::sync
