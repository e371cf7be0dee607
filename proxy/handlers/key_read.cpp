#include "proxy/handlers/key_read.hpp"

#include "proxy/session/server_state.hpp"
#include "sync/guarded_topics.hpp"

#include <algorithm>

namespace bkes::proxy {

key_read::key_read(session& client, std::chrono::milliseconds wait, std::chrono::milliseconds hold)
    : client_{client.weak_from_this()},
      reader_{client.server().guarded.reader()},
      deadline_{steady_clock::now() + std::clamp<std::chrono::milliseconds>(
                                          wait, std::chrono::milliseconds{0}, wait_max)},
      readable_by_{std::max(deadline_, steady_clock::now() + hold)},
      proven_by_{std::max(deadline_, steady_clock::now() + client.server().settings.hold)} {}

void key_read::begin(session& client, answer_id id, std::size_t bytes) {
    id_ = id;
    client.keep(id, shared_from_this(), bytes);
    go_on();
}

void key_read::go_on() {
    const auto client = client_.lock();
    if (!client || is_answered_) {
        return;
    }
    if (is_in_pass_) {
        is_woken_ = true;
        return;
    }
    if (!are_rights_known(*client)) {
        return;
    }
    take_results();
    is_in_pass_ = true;
    client->read(id_, shared_from_this());
}

/// If not, they are asked for, which brings the next pass.
bool key_read::are_rights_known(session& client) {
    if (awaits_rights_) {
        return false;
    }
    rights_check rights{client, rights_wanted_since_};
    look_at_rights(rights);
    if (!rights.is_open()) {
        rights_wanted_since_ = client_rights::time_point::max();
        return true;
    }
    rights_wanted_since_ = std::min(rights_wanted_since_, steady_clock::now());
    awaits_rights_ = true;
    client.ask_rights(id_, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
            self->awaits_rights_ = false;
            self->go_on();
        }
    });
    return false;
}

void key_read::finish(session& client) {
    is_in_pass_ = false;
    await_proofs(client);
    passed(client);
    if (std::exchange(is_woken_, false)) {
        go_on();
    }
}

void key_read::wait(session& client) {
    if (timer_) {
        return;
    }
    timer_ = std::make_unique<boost::asio::steady_timer>(client.context(), deadline_);
    timer_->async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
        const auto self = weak.lock();
        if (!cancelled && self) {
            self->go_on();
        }
    });
}

sync::wait_ticket key_read::watch(session& client, bytes_view topic, bytes_view key,
                                  event_order order, std::move_only_function<void()> reached) {
    return client.watch_key([&] {
        return reader_->when_order_reached(topic, key, order, client.context(), std::move(reached));
    });
}

/// As long as what is known of the client's rights may be remembered.
std::chrono::milliseconds key_read::wait_there(const session& client) const {
    constexpr std::chrono::milliseconds at_least{500};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - steady_clock::now());
    const auto one_wait = std::max(client.server().settings.authorize_cache, at_least);
    return std::clamp(left, std::chrono::milliseconds{0}, one_wait);
}

bool key_read::may_come(bytes_view topic, const sync::read_refusal& refused) {
    if (refused.why != sync::read_refusal::kind::not_ready) {
        return false;
    }
    auto& wait = places_[{bytes{topic}, refused.partition}];
    wait.is_wanted = !wait.has_failed && steady_clock::now() < proven_by_;
    return wait.is_wanted;
}

bool key_read::awaits_proof_only() const {
    return std::ranges::any_of(places_, [this](const auto& one) {
        const auto& [where, wait] = one;
        return wait.ticket && reader_->is_near(where.first, where.second);
    });
}

void key_read::await_proofs(session& client) {
    for (auto& [where, wait] : places_) {
        if (!std::exchange(wait.is_wanted, false) || wait.ticket) {
            continue;
        }
        wait.ticket = reader_->when_readable(
            began_, where.first, where.second, readable_by_, client.context(),
            [weak = weak_from_this(), place = where](sync::wait_result result) {
                if (const auto self = weak.lock()) {
                    self->results_.emplace_back(place, result);
                    self->go_on();
                }
            });
    }
}

void key_read::take_results() {
    for (const auto& [where, result] : std::exchange(results_, {})) {
        auto& wait = places_[where];
        wait.ticket.reset();
        wait.has_failed = result != sync::wait_result::reached;
    }
}

}  // namespace bkes::proxy
