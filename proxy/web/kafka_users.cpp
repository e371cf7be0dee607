#include "proxy/web/kafka_users.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>

namespace bkes::proxy {

namespace asio = boost::asio;
using sync::sasl_mechanism;

namespace {

constexpr std::chrono::seconds turn_wait_max{10};

/// The password travels in the last of them, so the others come first.
constexpr std::array for_passwords{sasl_mechanism::scram_sha_512, sasl_mechanism::scram_sha_256,
                                   sasl_mechanism::plain};

problem unreachable() {
    return {503, "the brokers can't be reached now, or bkes ends"};
}

}  // namespace

kafka_users::kafka_users(asio::io_context& context, kafka_users_options options)
    : context_{context}, options_{std::move(options)}, sweeping_{context} {}

kafka_users::~kafka_users() = default;

kafka_users::lease::~lease() {
    if (link_) {
        from_->give_back(*of_, std::move(link_), is_done_);
    }
}

void kafka_users::stop() {
    is_stopped_ = true;
    users_.clear();
    for (const auto& weak : links_) {
        if (const auto open = weak.lock()) {
            open->connection.stream().close();
        }
    }
    for (const auto& one : waiting_) {
        one.woken->cancel();
    }
    sweeping_.cancel();
}

asio::awaitable<or_problem<kafka_users::lease>> kafka_users::borrow(credentials who) {
    if (options_.wants_login && who.is_nobody()) {
        co_return std::unexpected{problem{401, "log in with a user of Kafka"}};
    }
    if (!options_.wants_login) {
        who = {};
    }
    auto& entry = users_[who];
    if (!entry) {
        entry = std::make_shared<user>();
    }
    const auto own = entry;
    const auto deadline = clock::now() + turn_wait_max;
    while (!is_stopped_) {
        end_stale(*own);
        if (!own->idle.empty()) {
            auto newest = std::move(own->idle.back());
            own->idle.pop_back();
            newest->was_used = true;
            co_return lease{shared_from_this(), own, std::move(newest)};
        }
        if (has_room(*own)) {
            ++own->open;
            ++open_;
            auto fresh = co_await open(*own, who);
            if (!fresh) {
                closed(*own);
                sweep();
                co_return std::unexpected{std::move(fresh.error())};
            }
            co_return lease{shared_from_this(), own, std::move(*fresh)};
        }
        if (!co_await wait_for_turn(*own, deadline)) {
            co_return std::unexpected{problem{503, "too many requests are being answered"}};
        }
    }
    co_return std::unexpected{unreachable()};
}

asio::awaitable<or_problem<std::shared_ptr<kafka_users::link>>> kafka_users::open(
    user& of, const credentials& who) {
    if (!options_.wants_login) {
        co_return co_await connect();
    }
    std::string why = "no mechanism that they offer can be used by HTTP";
    std::vector<sasl_mechanism> tried;
    while (!is_stopped_) {
        // Once more each time, as the first refusal may tell which ones there are.
        const auto wanted = mechanisms_for(of, who);
        const auto next = std::ranges::find_if(
            wanted, [&](auto one) { return std::ranges::find(tried, one) == tried.end(); });
        if (next == wanted.end()) {
            of.mechanism.reset();
            co_return std::unexpected{problem{401, "the brokers refuse the login: " + why}};
        }
        tried.push_back(*next);
        auto fresh = co_await connect();
        if (!fresh) {
            co_return fresh;
        }
        expect_progress(*fresh);
        const auto login = login_of(who, *next, of.mechanism == *next ? of.salted : std::nullopt);
        auto outcome = co_await (*fresh)->connection.log_in(*login);
        (*fresh)->deadline.cancel();
        if (!outcome) {
            co_return std::unexpected{problem_of(outcome.error())};
        }
        if (!*outcome) {
            of.mechanism = *next;
            const auto* const scram = dynamic_cast<const sync::scram_client*>(login.get());
            of.salted = scram != nullptr ? scram->salted() : std::nullopt;
            (*fresh)->proven_at = clock::now();
            co_return fresh;
        }
        if (auto& refused = **outcome; !refused.mechanisms.empty()) {
            mechanisms_ = std::move(refused.mechanisms);
        } else {
            why = std::move(refused.why);
        }
    }
    co_return std::unexpected{unreachable()};
}

/// The one that worked, then that of bkes' own, then the others.
std::vector<sasl_mechanism> kafka_users::mechanisms_for(const user& of,
                                                        const credentials& who) const {
    std::vector<sasl_mechanism> wanted;
    const auto want = [&](sasl_mechanism one) {
        const bool is_there = mechanisms_.empty() ||
                              std::ranges::find(mechanisms_, name_of(one)) != mechanisms_.end();
        if (is_there && std::ranges::find(wanted, one) == wanted.end()) {
            wanted.push_back(one);
        }
    };
    if (!who.token.empty()) {
        want(sasl_mechanism::oauthbearer);
        return wanted;
    }
    if (of.mechanism) {
        want(*of.mechanism);
    }
    if (options_.mechanism != sasl_mechanism::oauthbearer) {
        want(options_.mechanism);
    }
    for (const auto one : for_passwords) {
        // Nobody's password is shown to a listener on the way because SCRAM didn't know it.
        if (one != sasl_mechanism::plain || options_.is_tls || wanted.empty()) {
            want(one);
        }
    }
    return wanted;
}

asio::awaitable<or_problem<std::shared_ptr<kafka_users::link>>> kafka_users::connect() {
    auto socket = options_.connect();
    if (!socket) {
        co_return std::unexpected{unreachable()};
    }
    const auto fresh = std::make_shared<link>(std::move(*socket), context_);
    std::erase_if(links_, [](const auto& old) { return old.expired(); });
    links_.push_back(fresh);
    expect_progress(fresh);
    const auto learnt = co_await fresh->connection.learn_versions();
    fresh->deadline.cancel();
    if (!learnt) {
        co_return std::unexpected{problem_of(learnt.error())};
    }
    co_return fresh;
}

bool kafka_users::has_room(const user& of) const {
    return open_ < options_.connections_max && of.open < options_.connections_of_one_max;
}

/// False: too late.
asio::awaitable<bool> kafka_users::wait_for_turn(const user& of, clock::time_point deadline) {
    asio::steady_timer woken{context_, deadline};
    waiting_.push_back({&of, &woken});
    co_await woken.async_wait(asio::as_tuple(asio::use_awaitable));
    std::erase_if(waiting_, [&woken](const waiter& one) { return one.woken == &woken; });
    co_return clock::now() < deadline;
}

void kafka_users::give_back(user& of, std::shared_ptr<link> what, bool is_usable) {
    if (is_usable && !is_stopped_ && clock::now() - what->proven_at < options_.proof_time) {
        of.idle.push_back(std::move(what));
    } else {
        closed(of);
    }
    const auto next = std::ranges::find_if(
        waiting_, [this](const waiter& one) { return !one.of->idle.empty() || has_room(*one.of); });
    if (next != waiting_.end()) {
        next->woken->cancel();
        waiting_.erase(next);
    }
    sweep();
}

void kafka_users::closed(user& of) {
    --of.open;
    --open_;
}

void kafka_users::end_stale(user& of) {
    const auto oldest = clock::now() - options_.proof_time;
    std::erase_if(of.idle, [&](const auto& one) {
        if (one->proven_at > oldest) {
            return false;
        }
        closed(of);
        return true;
    });
}

/// Passwords and connections of who has gone are forgotten in time.
void kafka_users::sweep() {
    if (is_stopped_ || std::exchange(is_sweeping_, true)) {
        return;
    }
    sweeping_.expires_after(options_.proof_time + std::chrono::milliseconds{100});
    sweeping_.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
        const auto self = weak.lock();
        if (cancelled || !self) {
            return;
        }
        self->is_sweeping_ = false;
        std::erase_if(self->users_, [&self](const auto& entry) {
            self->end_stale(*entry.second);
            return entry.second->open == 0 && entry.second.use_count() == 1;
        });
        if (!self->users_.empty()) {
            self->sweep();
        }
    });
}

void kafka_users::expect_progress(const std::shared_ptr<link>& of) {
    of->deadline.expires_after(options_.answer_time_max);
    of->deadline.async_wait([weak = std::weak_ptr{of}](const boost::system::error_code& cancelled) {
        const auto open = weak.lock();
        if (!cancelled && open) {
            open->connection.stream().close();
        }
    });
}

problem kafka_users::problem_of(const ask_failure& failed) {
    switch (failed.what) {
        case ask_failure::kind::lost:
            return unreachable();
        case ask_failure::kind::too_long:
            return {400, "a name or key is too long for a Kafka request"};
        case ask_failure::kind::malformed:
        case ask_failure::kind::not_offered:
            return {500, "bkes doesn't understand its own answer"};
    }
    std::unreachable();
}

}  // namespace bkes::proxy
