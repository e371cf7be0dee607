#include "sync/stored_topics.hpp"

#include "sync/aggregate_reader.hpp"
#include "sync/broker/bootstrap_servers.hpp"
#include "sync/catch_up_log.hpp"
#include "sync/event/event_decoder.hpp"
#include "sync/log/fill_watch.hpp"
#include "sync/log/key_watch.hpp"
#include "sync/offered_restore_point.hpp"
#include "sync/partition/read_proof.hpp"
#include "sync/partition/topic_set.hpp"
#include "sync/quotas/client_quotas.hpp"
#include "sync/quotas/quota_watch.hpp"
#include "sync/shared_ownership.hpp"
#include "sync/start/rights_report.hpp"
#include "sync/start/start_checks.hpp"
#include "sync/types/log.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <utility>

namespace bkes::sync {

using namespace std::chrono_literals;

struct stored_topics::state : std::enable_shared_from_this<stored_topics::state> {
    state(guarded_topics_options given, store::event_store& event_store,
          std::span<boost::asio::io_context* const> threads)
        : options{std::move(given)},
          store{event_store},
          contexts{threads.begin(), threads.end()},
          decoder{options.order_header, options.event_id_header},
          view{*contexts.front(),
               {.bootstrap = parse_bootstrap_servers(options.access.bootstrap_servers),
                .topics = options.topics,
                .client_id = options.access.client_id,
                .security = options.access.security}},
          watch{std::make_shared<key_watch>([&event_store](bytes_view name, bytes_view key) {
              const auto head = event_store.find_head(name, key);
              return head && *head ? (*head)->next_order : event_order{0};
          })},
          around{.options = options,
                 .store = store,
                 .worker = worker,
                 .view = view,
                 .watch = *watch,
                 .decoder = decoder,
                 .probe = nullptr,
                 .throttled = std::make_shared<throttle_report>(
                     throttle_report::sender{.principal = principal_of(options.access),
                                             .client_id = options.access.append_client_id(),
                                             .servers = options.access.bootstrap_servers}),
                 .rebuilds = rebuilds,
                 .redirect =
                     [this](bytes_view topic, partition_id home, append_job job) {
                         return topics.append(topic, home, std::move(job));
                     },
                 .state_changed = [this] { reader.readable_changed(); }},
          rights{principal_of(options.access), options.access.bootstrap_servers},
          sharing{options.sharing.group_id.empty() || options.role != topics_role::owner
                      ? nullptr
                      : std::make_unique<shared_ownership>(options, contexts, view, topics, reader,
                                                           command_for_group(rights, options))},
          offered{sharing == nullptr ? nullptr
                                     : std::make_unique<offered_restore_point>(
                                           offered_restore_point::options{
                                               options.sharing.offered_directory, options.topics},
                                           store, worker)},
          topics{contexts, with_others(around, sharing.get())},
          proof{topics, sharing.get()},
          reader{store, proof, *watch, options.hold_ms} {}

    static const partition_surroundings& with_others(partition_surroundings& around,
                                                     peers* others) {
        around.others = others;
        return around;
    }

    void watch_quotas();
    void report_progress();
    void set_store_for(std::int64_t left);
    void end(std::move_only_function<void()> stopped);

    guarded_topics_options options;
    store::event_store& store;
    std::vector<boost::asio::io_context*> contexts;
    event_decoder decoder;
    cluster_view view;
    std::shared_ptr<key_watch> watch;
    rebuild_counts rebuilds;
    partition_surroundings around;
    rights_report rights;
    std::unique_ptr<shared_ownership> sharing;  ///< null: the partitions are this instance's alone
    std::unique_ptr<offered_restore_point> offered;  ///< null: as above
    topic_set topics;
    read_proof proof;
    aggregate_reader reader;
    std::function<void(const cluster_snapshot&)> cluster_changed = [](const cluster_snapshot&) {};
    catch_up_log progress{options.catching_up ? catch_up_log::lines::of_changes
                                              : catch_up_log::lines::all};
    fill_watch filling;
    std::shared_ptr<client_quotas> quotas = std::make_shared<client_quotas>();
    std::unique_ptr<boost::asio::steady_timer> timer;
    store_worker worker;  ///< the last: its thread ends before anything it uses
};

/// Who doesn't write counts nothing.
void stored_topics::state::watch_quotas() {
    if (options.role != topics_role::owner) {
        return;
    }
    const auto asking = std::make_shared<quota_watch>(quotas, command_for_quotas(rights));
    view.on_answer([asking](broker_link& link) { asking->ask(link); });
}

void stored_topics::state::report_progress() {
    timer->expires_after(options.catching_up ? 200ms : 1s);
    timer->async_wait([self = weak_from_this()](boost::system::error_code error) {
        const auto state = self.lock();
        if (error || !state) {
            return;
        }
        std::int64_t held = 0;
        std::int64_t left = 0;
        for (const auto& one : state->topics.all()) {
            std::vector<partition_status> statuses;
            const auto logs = one->partitions.all();
            for (const auto& log : *logs) {
                statuses.push_back(log->status());
            }
            for (const auto& status : statuses) {
                held += status.next_offset.value();
                left += status.state == partition_state::catching_up ? status.lag() : 0;
            }
            state->progress.update(one->name, statuses, std::chrono::steady_clock::now());
        }
        state->set_store_for(left);
        if (state->offered) {
            state->offered->look_after(std::chrono::steady_clock::now());
        }
        if (const auto& told = state->options.catching_up) {
            told(held, held + left);
        }
        state->report_progress();
    });
}

void stored_topics::state::set_store_for(std::int64_t left) {
    const auto change = filling.update(left);
    if (change == fill_watch::change::none) {
        return;
    }
    const bool begins = change == fill_watch::change::begins;
    worker.run(
        *contexts.front(),
        [&store = store, begins, left] {
            return begins ? store.begin_fill(static_cast<std::uint64_t>(left)) : store.end_fill();
        },
        [self = shared_from_this()](result<void> set) {
            if (!set) {
                sync_log().warn("store can't be set for much to read reason=\"{}\"",
                                set.error().message());
            }
        });
}

/// No partition has anything under way any more.
void stored_topics::state::end(std::move_only_function<void()> stopped) {
    view.stop();
    if (around.probe) {
        around.probe->stop();
    }
    store.interrupt();
    // Behind what these post. Not from here: an io_context of one thread keeps what is posted on
    // that thread to itself until the handler returns, and a quick flush would come before it.
    boost::asio::post(*contexts.front(), [self = shared_from_this(),
                                          stopped = std::move(stopped)]() mutable {
        auto& state = *self;
        state.worker.run(  // when what it has to do has ended
            *state.contexts.front(), [&store = state.store] { return store.flush(); },
            [self = std::move(self), stopped = std::move(stopped)](result<void> flushed) mutable {
                if (self->timer) {
                    self->timer->cancel();
                }
                if (!flushed) {
                    sync_log().error("store can't be flushed reason=\"{}\"",
                                     flushed.error().message());
                }
                stopped();
            });
    });
}

stored_topics::stored_topics(guarded_topics_options options, store::event_store& store,
                             std::span<boost::asio::io_context* const> contexts)
    : state_{std::make_shared<state>(std::move(options), store, contexts)} {}

stored_topics::~stored_topics() = default;

void stored_topics::on_cluster_change(std::function<void(const cluster_snapshot&)> changed) {
    state_->cluster_changed = std::move(changed);
}

started<void> stored_topics::start() {
    auto& options = state_->options;
    const auto facts = check_start(options, state_->rights);
    if (!facts) {
        return std::unexpected{facts.error()};
    }
    state_->around.probe = std::make_shared<producer_probe>(
        *state_->contexts.front(), state_->view, options.access.client_id + "-probe",
        options.keep_alive, options.access.security, state_->around.now);
    for (const auto& topic : facts->guarded) {
        sync_log().info("guarded topic topic={} partitions={}", topic.name, topic.partition_count);
        state_->topics.add(topic.name, topic.partition_count);
    }
    state_->view.on_change([state = state_.get()](const cluster_snapshot& snapshot) {
        state->topics.follow(snapshot);
        if (state->options.role == topics_role::owner) {
            state->around.probe->follow(snapshot);
        }
        state->cluster_changed(snapshot);
    });
    state_->watch_quotas();
    state_->view.start(options.keep_alive);
    state_->timer = std::make_unique<boost::asio::steady_timer>(*state_->contexts.front());
    state_->report_progress();
    if (state_->sharing) {
        state_->sharing->start();
    }
    return {};
}

void stored_topics::stop(std::chrono::milliseconds limit, std::move_only_function<void()> stopped) {
    auto& context = *state_->contexts.front();
    // Where topics are followed, too.
    boost::asio::post(context, [state = state_, limit, stopped = std::move(stopped)]() mutable {
        const auto end = std::chrono::steady_clock::now() + limit;
        if (state->sharing) {
            state->sharing->stop();
        }
        state->topics.stop(end, [state, stopped = std::move(stopped)]() mutable {
            state->end(std::move(stopped));
        });
    });
}

const std::vector<std::string>& stored_topics::topics() const {
    return state_->options.topics;
}

std::int32_t stored_topics::partition_count(bytes_view topic) const {
    const auto found = state_->topics.find(topic);
    return found == nullptr ? 0 : static_cast<std::int32_t>(found->partitions.all()->size());
}

std::optional<partition_status> stored_topics::status(bytes_view topic,
                                                      partition_id partition) const {
    const auto log = state_->topics.find(topic, partition);
    if (log == nullptr) {
        return std::nullopt;
    }
    auto status = log->status();
    if (state_->sharing) {
        status.owner = state_->sharing->owner_of(topic, partition);
    }
    return status;
}

std::shared_ptr<const partition_counts> stored_topics::counts(bytes_view topic,
                                                              partition_id partition) const {
    const auto log = state_->topics.find(topic, partition);
    return log == nullptr ? nullptr : std::shared_ptr<const partition_counts>{log, &log->counts()};
}

const rebuild_counts& stored_topics::rebuilds() const {
    return state_->rebuilds;
}

bool stored_topics::readable() const {
    return std::ranges::all_of(state_->topics.all(), [this](const auto& topic) {
        return state_->proof.may_be_read(topic->name, std::nullopt,
                                         std::chrono::steady_clock::now()) == wait_result::reached;
    });
}

stored_topics::append_submission stored_topics::append(bytes_view topic, partition_id partition,
                                                       append_job job) {
    if (!state_->topics.append(topic, partition, std::move(job))) {
        state_->view.refresh();  // it may be new
        return append_submission::unknown_partition;
    }
    return append_submission::taken;
}

void stored_topics::hand_over(std::chrono::milliseconds limit,
                              std::move_only_function<void()> done) {
    if (state_->sharing) {
        state_->sharing->hand_over(limit, std::move(done));
    } else {
        boost::asio::post(*state_->contexts.front(), std::move(done));
    }
}

forward_service* stored_topics::forwards() {
    return state_->sharing ? &state_->sharing->service() : nullptr;
}

offered_restore_point* stored_topics::restore_point() {
    return state_->offered.get();
}

std::chrono::milliseconds stored_topics::count_produced(const produce_client& who,
                                                        std::size_t bytes) {
    return state_->quotas->count_now(who, bytes);
}

aggregate_reader* stored_topics::reader() {
    return &state_->reader;
}

std::shared_ptr<store_link> stored_topics::link_to_store(boost::asio::io_context& /*context*/) {
    return nullptr;
}

void stored_topics::checkpoint(std::string place,
                               std::move_only_function<void(store::checkpoint_outcome)> done) {
    state_->worker.run([&store = state_->store, place = std::move(place),
                        done = std::move(done)]() mutable { done(store.checkpoint(place)); });
}

std::chrono::milliseconds stored_topics::keep_alive() const {
    return state_->options.keep_alive;
}

std::shared_ptr<const cluster_snapshot> stored_topics::cluster() const {
    return state_->view.snapshot();
}

}  // namespace bkes::sync
