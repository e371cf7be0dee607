#include "sync/sync_store.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <utility>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;

constexpr auto look_interval = 50ms;
constexpr auto stop_limit = 5s;

/// Looks now and then whether it is time to end, and ends.
class end_watch {
  public:
    end_watch(boost::asio::io_context& context, stored_topics& topics, sync_until until,
              const std::function<bool()>& should_stop)
        : context_{context},
          timer_{context},
          topics_{topics},
          until_{until},
          should_stop_{should_stop} {}

    void look() {
        const bool is_done = until_ == sync_until::caught_up && topics_.readable();
        if (is_done || should_stop_()) {
            topics_.stop(stop_limit, [this] { context_.stop(); });
            return;
        }
        timer_.expires_after(look_interval);
        timer_.async_wait([this](boost::system::error_code) { look(); });
    }

  private:
    boost::asio::io_context& context_;
    boost::asio::steady_timer timer_;
    stored_topics& topics_;
    sync_until until_;
    const std::function<bool()>& should_stop_;
};

}  // namespace

started<void> sync_store(guarded_topics_options options, store::event_store& store,
                         sync_until until, const std::function<bool()>& should_stop,
                         const topics_observer& followed) {
    options.role = topics_role::reader;
    boost::asio::io_context context{1};
    const std::array contexts{&context};
    stored_topics topics{std::move(options), store, contexts};
    if (auto begun = topics.start(); !begun) {
        return begun;
    }
    const auto observed = followed ? followed(topics) : nullptr;
    end_watch watch{context, topics, until, should_stop};
    watch.look();
    context.run();
    return {};
}

}  // namespace bkes::sync
