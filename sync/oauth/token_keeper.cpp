#include "sync/oauth/token_keeper.hpp"

#include "sync/types/log.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;

constexpr auto failures_shown_every = 30s;
constexpr auto longest_pause = 10s;
constexpr auto doubt_pause = 5s;  ///< between two questions that brokers gave a reason for

std::chrono::milliseconds pause_after(int failures) {
    return std::min<std::chrono::milliseconds>(500ms * (1 << std::min(failures, 5)), longest_pause);
}

}  // namespace

token_keeper::token_keeper(token_request request)
    : request_{std::move(request)}, thread_{[this] {
          const auto stays = boost::asio::make_work_guard(context_);
          ask();
          context_.run();
      }} {}

token_keeper::~token_keeper() {
    context_.stop();
}

void token_keeper::wait_for_first() {
    std::unique_lock lock{mutex_};
    first_over_.wait(lock, [this] { return is_first_over_; });
}

std::expected<access_token, std::string> token_keeper::current() {
    const std::scoped_lock lock{mutex_};
    if (held_ && clock::now() < held_->until) {
        return held_->token;
    }
    return std::unexpected{failure_.empty() ? std::string{"the next one isn't here yet"}
                                            : failure_};
}

void token_keeper::doubt() {
    boost::asio::post(context_, [this] {
        if (!is_asking_ && clock::now() - asked_ >= doubt_pause) {
            ask();
        }
    });
}

void token_keeper::ask() {
    is_asking_ = true;
    asked_ = clock::now();
    timer_.cancel();
    ask_for_token(
        context_, request_,
        [this, asked = asked_, by_the_wall = std::chrono::system_clock::now()](auto answer) {
            is_asking_ = false;
            if (answer) {
                granted(std::move(*answer), asked, by_the_wall);
            } else {
                failed(std::move(answer.error()));
            }
        });
}

void token_keeper::ask_after(std::chrono::milliseconds pause) {
    timer_.expires_after(pause);
    timer_.async_wait([this](boost::system::error_code cancelled) {
        if (!cancelled && !is_asking_) {
            ask();
        }
    });
}

void token_keeper::granted(granted_token token, clock::time_point asked,
                           std::chrono::system_clock::time_point asked_by_the_wall) {
    const auto lifetime = token.lifetime;
    {
        const std::scoped_lock lock{mutex_};
        auto subject = subject_of(token.value).value_or("");
        held_ = {.token = {.value = std::move(token.value),
                           .subject = std::move(subject),
                           .expires = asked_by_the_wall + lifetime},
                 .until = asked + lifetime};
        failure_.clear();
        is_first_over_ = true;
    }
    first_over_.notify_all();
    failures_ = 0;
    if (std::exchange(failure_shown_, std::nullopt)) {
        sync_log().info("tokens are given again client_id={}", request_.client_id);
    }
    sync_log().debug("token for the brokers client_id={} lifetime_s={}", request_.client_id,
                     lifetime.count());
    ask_after(std::max<std::chrono::milliseconds>(next_token_after(lifetime), 500ms));
}

void token_keeper::failed(std::string reason) {
    const auto now = clock::now();
    std::chrono::seconds left{0};
    {
        const std::scoped_lock lock{mutex_};
        failure_ = reason;
        is_first_over_ = true;
        if (held_ && held_->until > now) {
            left = std::chrono::duration_cast<std::chrono::seconds>(held_->until - now);
        }
    }
    first_over_.notify_all();
    if (!failure_shown_ || now - *failure_shown_ >= failures_shown_every) {
        failure_shown_ = now;
        sync_log().error(
            "no token for the brokers endpoint={} client_id={} reason=\"{}\" last_one_lasts_s={} "
            "check=\"{}\"",
            request_.endpoint.authority(), request_.client_id, reason, left.count(),
            "kafka.sasl.oauthbearer.* and kafka.https.ca.location; it is tried again");
    }
    ask_after(pause_after(failures_++));
}

}  // namespace bkes::sync
