#include "sync/forward/forward_service.hpp"

#include "protocol/kafka_error.hpp"
#include "sync/forward/forward_inbox.hpp"
#include "sync/forward/forward_outcomes.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;
using protocol::kafka_error;
using std::chrono::steady_clock;

constexpr auto wait_max = std::chrono::milliseconds{30s};
constexpr auto deadline_max = std::chrono::milliseconds{1h};
constexpr std::size_t outcomes_max = 5'000;  ///< in one answer
/// Of a forwarder that has nothing here, and longer of one that has: it may have been cut off.
constexpr auto silence_max = 10min;
constexpr auto unheard_kept = 24h;
constexpr std::size_t forwarders_max = 10'000;

std::int16_t code_of(kafka_error error) {
    return static_cast<std::int16_t>(error);
}

/// Also of one that has ended.
bool is_same(const std::weak_ptr<const void>& one, const std::weak_ptr<const void>& other) {
    return !one.owner_before(other) && !other.owner_before(one);
}

std::chrono::milliseconds between_zero_and(std::chrono::milliseconds most, std::int32_t given) {
    return std::clamp<std::chrono::milliseconds>(std::chrono::milliseconds{given}, 0ms, most);
}

}  // namespace

/// What one forwarder has here, and the request of its that waits for outcomes.
class forward_service::box : public std::enable_shared_from_this<box> {
  public:
    void take(const protocol::forward_request& request, const doors& to,
              boost::asio::io_context& context, const std::weak_ptr<const void>& connection,
              reply_handler reply);

    [[nodiscard]] bool is_silent_since(steady_clock::time_point moment) {
        const std::lock_guard lock{mutex_};
        return last_heard_ < (inbox_.is_empty() ? moment : moment - unheard_kept);
    }

  private:
    struct waiting_request {
        boost::asio::io_context* context;
        reply_handler reply;
        std::shared_ptr<boost::asio::steady_timer> timer;
        std::uint64_t number;
    };

    /// What there is to be told now; under mutex_.
    struct news {
        std::vector<std::pair<std::int64_t, append_answer>> outcomes;
        std::vector<protocol::forward_response::position> positions;
    };

    news take_news() {
        return {.outcomes = inbox_.take_untold(outcomes_max),
                .positions = std::exchange(said_, {})};
    }

    void begin(const protocol::forward_request::append& append, const doors& to,
               boost::asio::io_context& context, steady_clock::time_point now);
    void decided(std::int64_t id, append_answer answer);
    void said(std::int64_t id, std::int16_t error_code, const log_reach& reach);
    void look_soon();
    void look(std::uint64_t number, bool is_time_over);
    static void answer(waiting_request waiting, news told);

    std::mutex mutex_;
    forward_inbox inbox_;                                     // all under mutex_
    std::vector<protocol::forward_response::position> said_;  ///< on this connection, not told
    std::optional<waiting_request> waiting_;
    std::weak_ptr<const void> connection_;
    std::uint64_t requests_ = 0;
    bool is_look_posted_ = false;
    steady_clock::time_point last_heard_;
};

void forward_service::box::take(const protocol::forward_request& request, const doors& to,
                                boost::asio::io_context& context,
                                const std::weak_ptr<const void>& connection, reply_handler reply) {
    std::optional<waiting_request> before;
    news told_before;
    std::vector<const protocol::forward_request::append*> begun;
    std::uint64_t number = 0;
    const auto now = steady_clock::now();
    {
        const std::lock_guard lock{mutex_};
        last_heard_ = now;
        if (!is_same(connection_, connection)) {
            connection_ = connection;
            inbox_.connected_anew();
            said_.clear();
            before = std::exchange(waiting_, std::nullopt);  // nobody hears it, but it is owed
        }
        inbox_.heard_up_to(request.heard_up_to);
        for (const auto id : request.heard) {
            inbox_.heard(id);
        }
        if (waiting_) {
            before = std::exchange(waiting_, std::nullopt);
            told_before = take_news();
        }
        for (const auto& append : request.appends) {
            if (inbox_.take(append.id) == forward_inbox::arrival::is_new) {
                begun.push_back(&append);
            }
        }
        number = ++requests_;
        is_look_posted_ = false;  // that is for the one before
        waiting_ = waiting_request{.context = &context,
                                   .reply = std::move(reply),
                                   .timer = std::make_shared<boost::asio::steady_timer>(context),
                                   .number = number};
        waiting_->timer->expires_after(between_zero_and(wait_max, request.max_wait_ms));
        waiting_->timer->async_wait(
            [self = shared_from_this(), number](boost::system::error_code cancelled) {
                if (!cancelled) {
                    self->look(number, true);
                }
            });
    }
    if (before) {
        answer(*std::move(before), std::move(told_before));
    }
    for (const auto* append : begun) {
        begin(*append, to, context, now);
    }
    for (const auto& question : request.positions) {
        to.position(question.topic, partition_id{question.partition},
                    {.deadline = now + between_zero_and(wait_max, question.max_wait_ms),
                     .context = context,
                     .done = [self = shared_from_this(), id = question.id](std::int16_t error_code,
                                                                           const log_reach& reach) {
                         self->said(id, error_code, reach);
                     }});
    }
    look(number, false);
}

void forward_service::box::begin(const protocol::forward_request::append& append, const doors& to,
                                 boost::asio::io_context& context, steady_clock::time_point now) {
    append_job job{.records = bytes{append.records},
                   .deadline = now + between_zero_and(deadline_max, append.deadline_ms),
                   .client = std::string{append.client},
                   .session = {},
                   .is_redirected = append.is_redirected,
                   .is_forwarded = true,
                   .answer_on = &context,
                   .done = [self = shared_from_this(), id = append.id](append_answer heard) {
                       self->decided(id, std::move(heard));
                   }};
    if (!to.submit(append.topic, partition_id{append.partition}, std::move(job))) {
        append_answer unknown;
        unknown.outcome = append_result::not_owner;
        decided(append.id, std::move(unknown));
    }
}

void forward_service::box::decided(std::int64_t id, append_answer answer) {
    {
        const std::lock_guard lock{mutex_};
        inbox_.decided(id, std::move(answer));
    }
    look_soon();
}

void forward_service::box::said(std::int64_t id, std::int16_t error_code, const log_reach& reach) {
    protocol::forward_response::position told{.id = id, .error_code = error_code};
    if (error_code == 0) {
        told.next_offset = reach.next_offset.value();
        told.leader_epoch = reach.epoch.value();
    }
    {
        const std::lock_guard lock{mutex_};
        said_.push_back(std::move(told));
    }
    look_soon();
}

/// Outcomes of one turn go as one.
void forward_service::box::look_soon() {
    const std::lock_guard lock{mutex_};
    if (waiting_ && !std::exchange(is_look_posted_, true)) {
        boost::asio::post(
            *waiting_->context,
            [self = shared_from_this(), number = waiting_->number] { self->look(number, false); });
    }
}

/// On the context of the request of that number, if it still waits.
void forward_service::box::look(std::uint64_t number, bool is_time_over) {
    std::optional<waiting_request> ready;
    news told;
    {
        const std::lock_guard lock{mutex_};
        if (!waiting_ || waiting_->number != number) {
            return;
        }
        is_look_posted_ = false;
        if (!is_time_over && !inbox_.has_untold() && said_.empty()) {
            return;
        }
        ready = std::exchange(waiting_, std::nullopt);
        told = take_news();
    }
    answer(*std::move(ready), std::move(told));
}

void forward_service::box::answer(waiting_request waiting, news told) {
    waiting.timer->cancel();
    boost::asio::post(*waiting.context,
                      [told = std::move(told), reply = std::move(waiting.reply)]() mutable {
                          protocol::forward_response response;
                          for (const auto& [id, heard] : told.outcomes) {
                              response.outcomes.push_back(outcome_of(id, heard));
                          }
                          response.positions = std::move(told.positions);
                          reply(response);
                      });
}

forward_service::forward_service(std::string instance, doors to)
    : instance_{std::move(instance)}, to_{std::move(to)} {}

forward_service::~forward_service() = default;

std::shared_ptr<forward_service::box> forward_service::box_of(const uuid& forwarder) {
    const std::lock_guard lock{mutex_};
    const auto found = boxes_.find(forwarder);
    if (found != boxes_.end()) {
        return found->second;
    }
    forget_silent();
    return boxes_.size() < forwarders_max
               ? boxes_.emplace(forwarder, std::make_shared<box>()).first->second
               : nullptr;
}

void forward_service::forget_silent() {
    const auto moment = steady_clock::now() - silence_max;
    std::erase_if(boxes_,
                  [moment](const auto& one) { return one.second->is_silent_since(moment); });
}

void forward_service::handle(const protocol::forward_request& request,
                             boost::asio::io_context& context,
                             const std::weak_ptr<const void>& connection, reply_handler reply) {
    const auto refuse = [&](kafka_error why, bytes_view text) {
        protocol::forward_response refused;
        refused.error_code = code_of(why);
        refused.error_message = text;
        reply(refused);
    };
    if (request.owner_instance != instance_) {
        refuse(kafka_error::not_leader_or_follower, "bkes: another process is meant");
        return;
    }
    const auto known = box_of(request.forwarder);
    if (!known) {
        refuse(kafka_error::not_enough_replicas, "bkes: too many instances forward to this one");
        return;
    }
    known->take(request, to_, context, connection, std::move(reply));
}

}  // namespace bkes::sync
