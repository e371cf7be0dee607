#pragma once
// For one client of a router: the way to an instance that has a store, for what is read by key. Any of the
// group will do, as each answers by what the owner has (contract section 8), so the next one is asked when
// one is lost.
//
//   const auto link = topics.link_to_store(context);
//   link->ask<list_keys_response>(request, versions, deadline, 0ms,
//                                 [](const result<list_keys_response>& answer) { ... });
//
// One question at a time. Belongs to the thread of its io_context.

#include "protocol/core/bytes.hpp"
#include "protocol/core/result.hpp"
#include "protocol/errors.hpp"
#include "protocol/header.hpp"
#include "protocol/wire/codec.hpp"
#include "sync/broker/broker_link.hpp"
#include "sync/membership/group_view.hpp"
#include "sync/types/cluster_access.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace bkes::sync {

class store_link : public std::enable_shared_from_this<store_link> {
  public:
    struct options {
        cluster_access access;  ///< as whom it logs in at the instances' listeners
        /// The latest view of the group; null before the first.
        std::function<std::shared_ptr<const group_view>()> view;
        /// Somebody doubts it.
        std::function<void()> look_now;
        /// Which of the instances is tried first.
        std::size_t first = 0;
    };

    store_link(boost::asio::io_context& context, options settings);
    store_link(const store_link&) = delete;
    store_link& operator=(const store_link&) = delete;
    ~store_link() = default;

    /// Asks until `deadline`, one instance after the other; the one that is asked may take `wait` for
    /// its answer, as the request allows, and some seconds. `answered` gets an error if there was no
    /// answer; never inside this call, and not after `close`. What the request's views point to
    /// lives until then.
    template <class Response, class Request, class Handler>
    void ask(Request request, protocol::version_range versions,
             std::chrono::steady_clock::time_point deadline, std::chrono::milliseconds wait,
             Handler answered);

    /// The question under way is dropped.
    void close();

  private:
    /// Besides `wait`, as for an answer of many megabytes.
    static constexpr std::chrono::milliseconds answer_timeout{10'000};

    struct question {
        std::chrono::steady_clock::time_point deadline;
        /// Puts it on the link. The version that it is asked in; -1: the instance has none.
        std::function<std::int16_t(broker_link& link, broker_link::body_handler heard)> send;
        std::move_only_function<void(result<bytes_view> body, std::int16_t version)> answered;
    };

    void ask(question asked);
    void go_on();
    void connect();
    void send();
    void lost(std::error_code why);

    boost::asio::io_context& context_;
    options settings_;
    std::size_t next_;  ///< among the members
    std::size_t failed_in_a_row_ = 0;
    std::shared_ptr<broker_link> link_;
    boost::asio::steady_timer retry_;
    std::optional<question> question_;
    bool is_closed_ = false;
};

template <class Response, class Request, class Handler>
void store_link::ask(Request request, protocol::version_range versions,
                     std::chrono::steady_clock::time_point deadline, std::chrono::milliseconds wait,
                     Handler answered) {
    ask(question{.deadline = deadline,
                 .send =
                     [request = std::move(request), versions, limit = wait + answer_timeout](
                         broker_link& link, broker_link::body_handler heard) {
                         const auto version = link.shared_version(Request::schema.key, versions);
                         if (version >= 0) {
                             link.call_raw(request, version, limit, std::move(heard));
                         }
                         return version;
                     },
                 .answered =
                     [answered = std::move(answered)](result<bytes_view> body,
                                                      std::int16_t version) mutable {
                         answered(body ? protocol::decode<Response>(*body, version)
                                       : result<Response>{failure{body.error()}});
                     }});
}

}  // namespace bkes::sync
