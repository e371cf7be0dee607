#include "sync/guarded_topics.hpp"

#include "sync/broker/bootstrap_servers.hpp"
#include "sync/catch_up_log.hpp"
#include "sync/event/event_decoder.hpp"
#include "sync/log/key_watch.hpp"
#include "sync/net/link_security.hpp"
#include "sync/partition/read_proof.hpp"
#include "sync/partition/topic_set.hpp"
#include "sync/quotas/client_quotas.hpp"
#include "sync/quotas/quota_watch.hpp"
#include "sync/shared_ownership.hpp"
#include "sync/start/own_rights.hpp"
#include "sync/start/rights_report.hpp"
#include "sync/start/topic_facts.hpp"
#include "sync/types/log.hpp"
#include "sync/types/shell_quoted.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <utility>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;

constexpr auto start_timeout = 15s;

/// As the brokers know bkes, without `User:`.
std::string principal_of(const cluster_access& access) {
    return access.security ? access.security->principal() : "ANONYMOUS";
}

/// Whoever may read a group may look at it as well.
std::string command_for_group(const guarded_topics_options& options) {
    const rights_report report{principal_of(options.access), options.access.bootstrap_servers};
    return report.command_for(
        {.resource = "--group " + shell_quoted(options.sharing.group_id), .operation = "Read"});
}

}  // namespace

struct guarded_topics::state : std::enable_shared_from_this<guarded_topics::state> {
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
                         const auto log = topics.find(topic, home);
                         if (log != nullptr) {
                             log->append(std::move(job));
                         }
                         return log != nullptr;
                     },
                 .state_changed = [this] { reader.readable_changed(); }},
          sharing{options.sharing.group_id.empty() || options.role != topics_role::owner
                      ? nullptr
                      : std::make_unique<shared_ownership>(options, contexts, view, topics, reader,
                                                           command_for_group(options))},
          topics{contexts, with_others(around, sharing.get())},
          proof{topics, sharing.get()},
          reader{store, proof, *watch, options.hold_ms},
          rights{principal_of(options.access), options.access.bootstrap_servers} {}

    static const partition_surroundings& with_others(partition_surroundings& around,
                                                     peers* others) {
        around.others = others;
        return around;
    }

    started<void> check_rights();
    void watch_quotas();
    void report_progress();
    void end(std::move_only_function<void()> stopped);

    guarded_topics_options options;
    store::event_store& store;
    std::vector<boost::asio::io_context*> contexts;
    event_decoder decoder;
    cluster_view view;
    std::shared_ptr<key_watch> watch;
    rebuild_counts rebuilds;
    partition_surroundings around;
    std::unique_ptr<shared_ownership> sharing;  ///< null: the partitions are this instance's alone
    topic_set topics;
    read_proof proof;
    aggregate_reader reader;
    std::function<void(const cluster_snapshot&)> cluster_changed = [](const cluster_snapshot&) {};
    catch_up_log progress{options.catching_up ? catch_up_log::lines::of_changes
                                              : catch_up_log::lines::all};
    rights_report rights;
    std::shared_ptr<client_quotas> quotas = std::make_shared<client_quotas>();
    std::unique_ptr<boost::asio::steady_timer> timer;
    store_worker worker;  ///< the last: its thread ends before anything it uses
};

started<void> guarded_topics::state::check_rights() {
    const auto missing = find_missing_rights(options.access, options.topics, start_timeout);
    if (!missing) {
        return std::unexpected{missing.error()};
    }
    return rights.update(*missing);
}

/// Who doesn't write counts nothing.
void guarded_topics::state::watch_quotas() {
    if (options.role != topics_role::owner) {
        return;
    }
    const auto asking = std::make_shared<quota_watch>(
        quotas, rights.command_for({.resource = "--cluster", .operation = "DescribeConfigs"}));
    view.on_answer([asking](broker_link& link) { asking->ask(link); });
}

void guarded_topics::state::report_progress() {
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
        if (const auto& told = state->options.catching_up) {
            told(held, held + left);
        }
        state->report_progress();
    });
}

/// No partition has anything under way any more.
void guarded_topics::state::end(std::move_only_function<void()> stopped) {
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

guarded_topics::guarded_topics(guarded_topics_options options, store::event_store& store,
                               std::span<boost::asio::io_context* const> contexts)
    : state_{std::make_shared<state>(std::move(options), store, contexts)} {}

guarded_topics::~guarded_topics() = default;

void guarded_topics::on_cluster_change(std::function<void(const cluster_snapshot&)> changed) {
    state_->cluster_changed = std::move(changed);
}

started<void> guarded_topics::start() {
    auto& options = state_->options;
    if (auto allowed = state_->check_rights(); !allowed) {
        return allowed;
    }
    const auto facts = read_cluster_facts(options.access, options.topics, start_timeout);
    if (!facts) {
        return std::unexpected{facts.error()};
    }
    if (auto kept = check_history_is_kept(facts->guarded); !kept) {
        return kept;
    }
    const auto hidden = std::ranges::find_if(facts->all_topics, options.is_virtual_name);
    if (hidden != facts->all_topics.end()) {
        return std::unexpected{
            start_problem{start_problem_kind::bad_setting,
                          "the real topic \"" + *hidden +
                              "\" has a name of the key topics of a guarded topic, so "
                              "no client could reach it: delete or rename it, or take that topic "
                              "out of `topics`"}};
    }
    options.producer_expiry = facts->producer_expiry.value_or(options.producer_expiry);
    options.keep_alive = keep_alive_interval(facts->connection_idle);
    sync_log().debug("quiet connections to brokers are kept alive interval_ms={}",
                     options.keep_alive.count());
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

void guarded_topics::stop(std::chrono::milliseconds limit,
                          std::move_only_function<void()> stopped) {
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

bool guarded_topics::guards(bytes_view topic) const {
    return std::ranges::find(state_->options.topics, topic) != state_->options.topics.end();
}

const std::vector<std::string>& guarded_topics::topics() const {
    return state_->options.topics;
}

std::int32_t guarded_topics::partition_count(bytes_view topic) const {
    const auto found = state_->topics.find(topic);
    return found == nullptr ? 0 : static_cast<std::int32_t>(found->partitions.all()->size());
}

std::optional<partition_status> guarded_topics::status(bytes_view topic,
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

std::shared_ptr<const partition_counts> guarded_topics::counts(bytes_view topic,
                                                               partition_id partition) const {
    const auto log = state_->topics.find(topic, partition);
    return log == nullptr ? nullptr : std::shared_ptr<const partition_counts>{log, &log->counts()};
}

const rebuild_counts& guarded_topics::rebuilds() const {
    return state_->rebuilds;
}

bool guarded_topics::ready() const {
    return std::ranges::all_of(state_->topics.all(), [](const auto& topic) {
        return std::ranges::all_of(*topic->partitions.all(), [](const auto& log) {
            const auto state = log->status().state;
            return state == partition_state::ready || state == partition_state::followed;
        });
    });
}

bool guarded_topics::readable() const {
    return std::ranges::all_of(state_->topics.all(), [this](const auto& topic) {
        return state_->proof.may_be_read(topic->name, std::nullopt,
                                         std::chrono::steady_clock::now()) == wait_result::reached;
    });
}

guarded_topics::append_submission guarded_topics::append(bytes_view topic, partition_id partition,
                                                         append_job job) {
    const auto log = state_->topics.find(topic, partition);
    if (log == nullptr) {
        state_->view.refresh();  // it may be new
        return append_submission::unknown_partition;
    }
    log->append(std::move(job));
    return append_submission::taken;
}

void guarded_topics::hand_over(std::chrono::milliseconds limit,
                               std::move_only_function<void()> done) {
    if (state_->sharing) {
        state_->sharing->hand_over(limit, std::move(done));
    } else {
        boost::asio::post(*state_->contexts.front(), std::move(done));
    }
}

forward_service* guarded_topics::forwards() {
    return state_->sharing ? &state_->sharing->service() : nullptr;
}

std::chrono::milliseconds guarded_topics::count_produced(const produce_client& who,
                                                         std::size_t bytes) {
    auto& quotas = *state_->quotas;
    return quotas.is_limiting() ? quotas.count(who, bytes, std::chrono::steady_clock::now()) : 0ms;
}

aggregate_reader& guarded_topics::reader() {
    return state_->reader;
}

void guarded_topics::checkpoint(std::string place,
                                std::move_only_function<void(store::checkpoint_outcome)> done) {
    state_->worker.run([&store = state_->store, place = std::move(place),
                        done = std::move(done)]() mutable { done(store.checkpoint(place)); });
}

std::chrono::milliseconds guarded_topics::keep_alive() const {
    return state_->options.keep_alive;
}

std::shared_ptr<const cluster_snapshot> guarded_topics::cluster() const {
    return state_->view.snapshot();
}

}  // namespace bkes::sync
