#pragma once
// Keeps a token for all connections of bkes: asks for it at once, again at three quarters of its
// time, and after a failure again and again with a growing pause, while the last one counts until
// its end. Each failure that lasts is a line in the log when it begins and now and then; so is its
// end.
//
// Fetches on a thread of its own: logins of any thread need the token, and none of them may wait for
// another's. It lives from the constructor to the destructor.

#include "sync/net/token_source.hpp"
#include "sync/oauth/token_request.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace bkes::sync {

class token_keeper final : public token_source {
  public:
    explicit token_keeper(token_request request);
    ~token_keeper() override;

    /// Until the first question was answered, or failed.
    void wait_for_first();

    [[nodiscard]] std::expected<access_token, std::string> current() override;
    void doubt() override;

  private:
    using clock = std::chrono::steady_clock;

    struct held_token {
        access_token token;
        clock::time_point until;
    };

    void ask();
    void ask_after(std::chrono::milliseconds pause);
    void granted(granted_token token, clock::time_point asked,
                 std::chrono::system_clock::time_point asked_by_the_wall);
    void failed(std::string reason);

    const token_request request_;

    std::mutex mutex_;
    std::condition_variable first_over_;
    bool is_first_over_ = false;
    std::optional<held_token> held_;
    std::string failure_;  ///< the last question's; empty: it brought a token

    // Of the own thread.
    std::optional<clock::time_point> failure_shown_;
    clock::time_point asked_;
    bool is_asking_ = false;
    int failures_ = 0;

    boost::asio::io_context context_{1};
    boost::asio::steady_timer timer_{context_};
    std::jthread thread_;
};

}  // namespace bkes::sync
