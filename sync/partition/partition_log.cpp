#include "sync/partition/partition_log.hpp"

#include "store/errors.hpp"
#include "sync/types/log.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto tick_interval = 50ms;
constexpr auto rest_interval = 200ms;
constexpr auto sweep_interval = 500ms;

}  // namespace

partition_log::partition_log(const std::shared_ptr<produce_lanes>& lanes,
                             const partition_surroundings& around, std::string topic,
                             partition_id partition, claim_table& claims, topic_gate& gate)
    : context_{lanes->context()},
      around_{around},
      topic_{std::move(topic)},
      partition_{partition},
      index_{around.store, around.watch, topic_, partition, counts_},
      heads_{around.store, topic_, partition, around.decoder, around.others},
      claims_{claims, partition},
      sequencer_{make_sequencer()},
      tail_{std::make_shared<log_tail>(
          context_, around.worker, around.view, index_, around.decoder,
          static_cast<tail_events&>(*this),
          log_tail::options{.topic = topic_,
                            .partition = partition,
                            .client_id = around.options.access.client_id,
                            .keep_alive = around.options.keep_alive,
                            .security = around.options.access.security})},
      lanes_{lanes},
      appender_{make_appender()},
      timer_{context_},
      gate_{gate},
      was_added_late_{gate.is_open()},
      lease_{around.options.lease},
      tenure_{around.others != nullptr} {}

void partition_log::start(const uuid& topic_id, rebuild_cause if_empty) {
    // Behind what the partition of that name had before, if the topic was created again.
    around_.worker.run(
        context_, [this, topic_id] { return index_.load(topic_id); },
        [self = shared_from_this(), if_empty](result<void> loaded) {
            if (self->is_stopped_) {
                return;
            }
            if (!loaded) {
                sync_log().error("store can't be read topic={} partition={} reason=\"{}\"",
                                 self->topic_, self->partition_.value(), loaded.error().message());
                return;
            }
            self->find_rebuild(if_empty);
            self->begin_catch_up();
            self->tail_->start();
            self->tick();
        });
}

/// An empty store is only built again if the log has something: `about_to_store` says so. A
/// partition that was just added to the topic has no history.
void partition_log::find_rebuild(rebuild_cause if_empty) {
    const auto loaded = index_.loaded();
    if (loaded == loaded_position::of_another_topic || if_empty == rebuild_cause::topic_made_anew) {
        around_.rebuilds.add(rebuild_cause::topic_made_anew);
    } else if (loaded == loaded_position::nothing && !was_added_late_) {
        rebuilding_ = if_empty;
    }
}

void partition_log::begin_catch_up() {
    catch_up_from_ = reach().next_offset;
    catch_up_began_ = steady_clock::now();
}

void partition_log::tick() {
    if (is_stopped_) {
        return;
    }
    is_resting_ = false;
    const auto now = steady_clock::now();
    sequencer_->expire(now);
    if (now >= next_sweep_) {
        next_sweep_ = now + sweep_interval;
        drop_gone_clients();
        appender_->look_after();
    }
    tail_->tick(now);
    begin_to_serve();
    if (is_proof_wanted_) {
        appender_->want_proof();
    }
    answer_unproven();
    flush_actions();
    if (around_.others != nullptr) {
        ask_owner();
        end_tenure();
    }
    if (stopped_ && (!is_busy() || now >= *stop_limit_)) {
        finish_stop();
        return;
    }
    is_resting_ = is_quiet();
    tick_after(is_resting_ ? rest_interval : tick_interval);
}

/// All partitions at the same moments: one wake-up of the thread is for all of them.
void partition_log::tick_after(std::chrono::milliseconds interval) {
    const auto now = steady_clock::now();
    timer_.expires_at(now - now.time_since_epoch() % interval + interval);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
        if (!error) {
            self->tick();
        }
    });
}

/// Nothing waits for a time to come. There may be thousands of partitions, most of them like this.
bool partition_log::is_quiet() const {
    const auto state = state_.load();
    const auto counts = sequencer_->counts();
    return (state == partition_state::ready || state == partition_state::followed) &&
           !tenure_.is_ending() && tail_->is_quiet() && followed_.is_quiet(reach()) &&
           counts.waiting_appends == 0 && tenure::is_settled(counts) && unproven_.empty() &&
           !is_proof_wanted_ && !stopped_;
}

void partition_log::end_rest() {
    if (std::exchange(is_resting_, false) && !is_stopped_) {
        tick_after(tick_interval);
    }
}

/// Carries out what the sequencer decided. Storing and sending bring no new decisions by
/// themselves, so once is enough.
void partition_log::flush_actions(std::size_t new_batches_max) {
    end_rest();
    const auto actions = sequencer_->take_actions(new_batches_max);
    for (const auto& batch : actions.sends) {
        send(batch);
    }
    for (const auto& sent : actions.redirects) {
        redirect(sent);
    }
    for (const auto id : actions.joined) {
        pending_.drop_batch(id);
    }
    for (const auto& judged : actions.answers) {
        answer_client(judged);
    }
    for (const auto id : actions.released) {
        pending_.release(id);
    }
    for (const auto cause : actions.held) {
        counts_.of(cause).add();
    }
    const auto counts = sequencer_->counts();
    counts_.waiting.set(counts.waiting_appends + unproven_.size());
    appender_->announce(counts.sendable_records);
    outbox_.flush();
}

/// The sequencer works while the store is complete, nothing in the log is undecided, and the
/// partition is ours to write.
void partition_log::suspend_or_resume() {
    const bool can_write = is_serving() && appender_->may_write();
    const bool is_open = tail_->is_caught_up() && !tail_->is_undecided() && can_write;
    if (is_open != is_open_) {
        is_open_ = is_open;
        if (is_open) {
            drop_gone_clients();
            sequencer_->resume();
        } else {
            sequencer_->suspend();
        }
    }
    publish_state();
}

void partition_log::publish_state() {
    const bool only_reads = around_.options.role == topics_role::reader;
    const bool is_lost = is_lost_ && around_.others == nullptr;
    const bool is_readable =
        tail_->is_caught_up() && !tail_->is_undecided() && !is_lost && (has_arrived_ || only_reads);
    const bool is_followed = !is_ours() && around_.others->has_owner(topic_, partition_);
    const auto state = is_lost                                   ? partition_state::not_owner
                       : !tail_->is_caught_up()                  ? partition_state::catching_up
                       : is_open_ || (is_readable && only_reads) ? partition_state::ready
                       : is_followed                             ? partition_state::followed
                                                                 : partition_state::held;
    const bool was_readable = is_readable_.exchange(is_readable);
    const auto was = state_.exchange(state);
    if (state == partition_state::catching_up && was != state) {
        begin_catch_up();
    }
    if (was != state || was_readable != is_readable) {
        around_.state_changed();
    }
}

void partition_log::tail_changed() {
    if (tail_->is_caught_up()) {
        rebuilding_.reset();  // there was nothing to be read
        if (around_.others != nullptr) {
            arrive();
        }
    }
    begin_to_append();
    suspend_or_resume();
    flush_actions();
}

partition_status partition_log::status() const {
    return {.state = state_.load(),
            .next_offset = reach().next_offset,
            .end_offset = tail_->end_seen(),
            .catch_up_from = catch_up_from_.load(),
            .catch_up_began = catch_up_began_.load()};
}

void partition_log::stop(std::chrono::steady_clock::time_point limit,
                         std::move_only_function<void()> stopped) {
    boost::asio::post(context_,
                      [self = shared_from_this(), limit, stopped = std::move(stopped)]() mutable {
                          self->stop_limit_ = limit;
                          self->stopped_ = std::move(stopped);
                          self->drain_inbox();
                          self->sequencer_->close(close_reason::shutting_down);
                          self->flush_actions();
                          if (!self->is_busy()) {
                              self->finish_stop();
                          }
                      });
}

void partition_log::retire() {
    boost::asio::post(context_, [self = shared_from_this()] {
        if (self->is_stopped_) {
            return;
        }
        self->drain_inbox();
        self->sequencer_->close(close_reason::shutting_down);
        self->around_.worker.run(
            self->context_, [&index = self->index_] { return index.forget(); },
            [self](result<void> forgotten) {
                if (!forgotten && forgotten.error() != store::store_errc::interrupted) {
                    sync_log().error("store can't be written topic={} partition={} reason=\"{}\"",
                                     self->topic_, self->partition_.value(),
                                     forgotten.error().message());
                }
            });
        self->not_written(self->appender_->under_way());
        self->sequencer_->truncated(log_offset{0});
        self->give_up_unproven();
        self->flush_actions();
        self->finish_stop();
    });
}

/// Something of ours may come to stand in a log, and a client waits to hear of it.
bool partition_log::is_busy() const {
    const auto counts = sequencer_->counts();
    return counts.in_flight_batches > 0 || counts.redirected_appends > 0;
}

void partition_log::finish_stop() {
    is_stopped_ = true;
    timer_.cancel();
    tail_->stop();
    appender_->stop();
    if (auto stopped = std::exchange(stopped_, nullptr)) {
        stopped();
    }
}

}  // namespace bkes::sync
