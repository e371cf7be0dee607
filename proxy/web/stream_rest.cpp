#include "proxy/web/stream_rest.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace bkes::proxy {

namespace {

constexpr std::chrono::milliseconds sign_of_life_every{15'000};

}  // namespace

http_answer stream_answer(std::function<boost::asio::awaitable<void>(http_stream&)> stream) {
    return {.content_type = "text/event-stream",
            .headers = {{"X-Accel-Buffering", "no"}},  // of nginx, which would keep events back
            .stream = std::move(stream)};
}

std::string text_of(const problem& refused) {
    return "event: problem\ndata: " + json_of(refused) + "\n\n";
}

stream_rest::stream_rest(web_state& web, http_stream& client)
    : web_{web}, client_{client}, timer_{web.context} {
    web_.sleepers.insert(&timer_);
    client_.on_gone([this] { timer_.cancel(); });
}

stream_rest::~stream_rest() {
    client_.on_gone({});
    web_.sleepers.erase(&timer_);
}

void stream_rest::wake() {
    is_woken_ = true;
    timer_.cancel();
}

boost::asio::awaitable<bool> stream_rest::rest(std::chrono::milliseconds most) {
    while (!std::exchange(is_woken_, false) && !is_over() && most.count() > 0) {
        const auto now = std::min(most, sign_of_life_every);
        most -= now;
        timer_.expires_after(now);
        const auto [cancelled] =
            co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        if (!cancelled && now == sign_of_life_every && !co_await client_.write(":\n\n")) {
            co_return false;
        }
    }
    co_return !is_over();
}

}  // namespace bkes::proxy
