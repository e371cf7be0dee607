#pragma once
// Those who ask by HTTP, as users of Kafka: each has connections of his own to bkes, made inside this
// process, on which he logs in as any Kafka client does. So bkes and the brokers judge his rights
// and his password as they always do, and nothing here can see more than he may.
//
// A connection is proof of a password for `proof_time` (authorize.cache.ms); then a new one logs in.
// One request at a time on each. Belongs to the thread of its io_context.

#include "proxy/client/kafka_connection.hpp"
#include "proxy/web/credentials.hpp"
#include "proxy/web/problem.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bkes::proxy {

struct kafka_users_options {
    /// The client's end of a new connection to bkes; empty: there can't be one now.
    std::function<std::optional<boost::asio::ip::tcp::socket>()> connect;
    bool wants_login = false;  ///< the brokers do
    bool is_tls = false;       ///< on the way to them
    /// That of bkes' own, tried first.
    sync::sasl_mechanism mechanism = sync::sasl_mechanism::plain;
    std::chrono::milliseconds proof_time{0};
    std::chrono::milliseconds answer_time_max{15'000};
    std::size_t connections_max = 64;
    std::size_t connections_of_one_max = 8;
};

class kafka_users : public std::enable_shared_from_this<kafka_users> {
  public:
    using clock = std::chrono::steady_clock;

    kafka_users(boost::asio::io_context& context, kafka_users_options options);
    ~kafka_users();

    /// A connection of one user, for who holds it.
    struct link {
        link(boost::asio::ip::tcp::socket connected, boost::asio::io_context& context)
            : connection{sync::net_stream{std::move(connected)}, "bkes-http"}, deadline{context} {}

        kafka_connection connection;
        boost::asio::steady_timer deadline;
        clock::time_point proven_at = clock::now();
        bool was_used = false;
    };

    /// The connections of one.
    struct user {
        std::vector<std::shared_ptr<link>> idle;
        std::size_t open = 0;  ///< those in use and coming included
        std::optional<sync::sasl_mechanism> mechanism;
        std::optional<sync::salted_password> salted;
    };

    /// Goes back when it is destroyed: for others to use if it is `done`, else to its end.
    class lease {
      public:
        lease(std::shared_ptr<kafka_users> from, std::shared_ptr<user> of,
              std::shared_ptr<link> what)
            : from_{std::move(from)}, of_{std::move(of)}, link_{std::move(what)} {}

        lease(lease&&) noexcept = default;
        lease& operator=(lease&&) = delete;
        ~lease();

        void done() { is_done_ = true; }

        [[nodiscard]] const std::shared_ptr<link>& operator*() const { return link_; }

        [[nodiscard]] link* operator->() const { return link_.get(); }

      private:
        std::shared_ptr<kafka_users> from_;
        std::shared_ptr<user> of_;
        std::shared_ptr<link> link_;
        bool is_done_ = false;
    };

    /// Views in `response` are valid as long as `held` is.
    template <class Response>
    struct answered {
        lease held;
        Response response;
    };

    /// Asks as `who`, who may have to wait for a connection. What `request` views outlives it.
    template <class Response, class Request>
    boost::asio::awaitable<or_problem<answered<Response>>> ask(const credentials& who,
                                                               const Request& request) {
        while (true) {
            auto held = co_await borrow(who);
            if (!held) {
                co_return std::unexpected{std::move(held.error())};
            }
            expect_progress(**held);
            auto response = co_await (*held)->connection.template ask<Response>(request);
            (*held)->deadline.cancel();
            if (response) {
                held->done();
                co_return answered<Response>{std::move(*held), std::move(*response)};
            }
            // One that was kept may have ended meanwhile.
            if (!(*held)->was_used || response.error().what != ask_failure::kind::lost) {
                co_return std::unexpected{problem_of(response.error())};
            }
        }
    }

    /// Ends all connections, and lends no more.
    void stop();

    [[nodiscard]] bool wants_login() const { return options_.wants_login; }

  private:
    struct waiter {
        const user* of;
        boost::asio::steady_timer* woken;
    };

    boost::asio::awaitable<or_problem<lease>> borrow(credentials who);
    boost::asio::awaitable<or_problem<std::shared_ptr<link>>> open(user& of,
                                                                   const credentials& who);
    boost::asio::awaitable<or_problem<std::shared_ptr<link>>> connect();
    boost::asio::awaitable<bool> wait_for_turn(const user& of, clock::time_point deadline);
    [[nodiscard]] std::vector<sync::sasl_mechanism> mechanisms_for(const user& of,
                                                                   const credentials& who) const;
    [[nodiscard]] bool has_room(const user& of) const;
    void end_stale(user& of);
    void give_back(user& of, std::shared_ptr<link> what, bool is_usable);
    void closed(user& of);
    void sweep();
    void expect_progress(const std::shared_ptr<link>& of);
    static problem problem_of(const ask_failure& failed);

    boost::asio::io_context& context_;
    const kafka_users_options options_;
    std::map<credentials, std::shared_ptr<user>> users_;
    std::deque<waiter> waiting_;
    std::vector<std::string> mechanisms_;  ///< of the brokers, once they have told
    boost::asio::steady_timer sweeping_;
    std::vector<std::weak_ptr<link>> links_;
    std::size_t open_ = 0;
    bool is_sweeping_ = false;
    bool is_stopped_ = false;
};

}  // namespace bkes::proxy
