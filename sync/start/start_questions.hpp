#pragma once
// Links for questions that somebody waits for: opened one after the other or together, asked, and
// answered inside a call that blocks. One thread; what it opened ends with it.

#include "sync/broker/broker_link.hpp"
#include "sync/broker/cluster_view.hpp"
#include "sync/types/cluster_access.hpp"
#include "sync/types/start_problem.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace bkes::sync {

/// Whose configuration is asked for: Kafka's ConfigResource.Type.
inline constexpr std::int8_t topic_resource = 2;
inline constexpr std::int8_t broker_resource = 4;

class start_questions {
  public:
    using clock = std::chrono::steady_clock;

    start_questions(const cluster_access& access, std::chrono::milliseconds timeout)
        : access_{access}, deadline_{clock::now() + timeout} {}

    start_questions(const start_questions&) = delete;
    start_questions& operator=(const start_questions&) = delete;
    ~start_questions();

    /// From now on so long, for what takes more than one answer's time in all.
    void allow(std::chrono::milliseconds timeout) { deadline_ = clock::now() + timeout; }

    /// A link to the first bootstrap server that lets bkes in, in their order as far as they answer
    /// soon. They are tried again and again, as they may still be starting, but not when what is
    /// wrong stays wrong: a login or a certificate that is refused.
    started<std::shared_ptr<broker_link>> to_any_broker();

    result<std::shared_ptr<broker_link>> to_broker(const broker_address& broker);

    /// Begins to open a link to one broker.
    std::shared_ptr<broker_link> begin(const broker_address& broker,
                                       broker_link::open_handler opened);

    /// `visit` sees the answer before this returns; views in it are valid during the call.
    template <class Response, class Request, class Visit>
    result<void> ask(broker_link& link, const Request& request, protocol::version_range versions,
                     Visit visit);

    /// Runs what was begun until `is_done`; false: time is up. `until`: sooner than all of it.
    template <class Condition>
    bool wait(Condition is_done, std::optional<clock::time_point> until = std::nullopt);

    /// Before something is tried again.
    void pause(std::chrono::milliseconds time);

    [[nodiscard]] std::chrono::milliseconds time_left() const;

    [[nodiscard]] clock::time_point deadline() const { return deadline_; }

  private:
    struct attempt {
        broker_address server;
        std::shared_ptr<broker_link> link{};
        std::optional<std::error_code> outcome{};
        bool was_cut_off = false;  ///< by the deadline
    };

    /// Null: none lets bkes in, and `newest` says why.
    std::shared_ptr<broker_link> first_to_open(const std::vector<broker_address>& servers,
                                               std::optional<start_problem>& newest);

    const cluster_access& access_;
    clock::time_point deadline_;
    boost::asio::io_context context_{1};
    std::vector<std::shared_ptr<broker_link>> links_;
};

template <class Response, class Request, class Visit>
result<void> start_questions::ask(broker_link& link, const Request& request,
                                  protocol::version_range versions, Visit visit) {
    std::optional<result<void>> outcome;
    link.call_latest<Response>(request, versions, time_left(),
                               [&outcome, &visit](result<Response> response) {
                                   if (response) {
                                       visit(*response);
                                       outcome = result<void>{};
                                   } else {
                                       outcome = failure{response.error()};
                                   }
                               });
    // The link's own watch ends what isn't answered, and the handler has to run before it is gone.
    while (!outcome) {
        context_.restart();
        context_.run_one_for(std::chrono::milliseconds{100});
    }
    return *outcome;
}

template <class Condition>
bool start_questions::wait(Condition is_done, std::optional<clock::time_point> until) {
    const auto end = std::min(deadline_, until.value_or(deadline_));
    while (!is_done() && clock::now() < end) {
        context_.restart();
        context_.run_one_until(end);
    }
    return is_done();
}

}  // namespace bkes::sync
