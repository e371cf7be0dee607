#include "sync/group_owners.hpp"

#include "sync/group/group_watch.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;

/// Of who takes nothing over. An owner that refuses, or is lost, brings a look at once.
constexpr auto look_from_outside = 5s;

}  // namespace

group_owners::group_owners(const guarded_topics_options& topics,
                           std::span<boost::asio::io_context* const> contexts,
                           const cluster_view& cluster, options settings)
    : seen_{std::move(settings.seen)},
      watch_{std::make_shared<group_watch>(
          *contexts.front(), cluster,
          group_watch::options{.access = topics.access,
                               .group_id = topics.sharing.group_id,
                               .grant = std::move(settings.grant),
                               .look_each = settings.own_instance.empty()
                                                ? look_from_outside
                                                : group_watch::options{}.look_each},
          [this](const std::shared_ptr<const group_view>& view) { saw(view); })} {
    for (auto* const context : contexts) {
        forwarders_.push_back(std::make_shared<append_forwarder>(
            *context,
            append_forwarder::options{.access = topics.access,
                                      .own_instance = settings.own_instance,
                                      .hold = topics.hold_ms,
                                      .view = [this] { return view(); },
                                      .look_now = [this] { look_now(); },
                                      .is_gone =
                                          [this, is_member = !settings.own_instance.empty()](
                                              const std::string& instance) {
                                              if (is_member) {
                                                  watch_->expel(instance);
                                              }
                                          },
                                      .local = settings.local}));
    }
}

void group_owners::start() {
    watch_->start();
}

void group_owners::stop() {
    watch_->stop();
    for (const auto& forwarder : forwarders_) {
        boost::asio::post(forwarder->context(), [forwarder] { forwarder->stop(); });
    }
}

void group_owners::look_now() {
    watch_->look_now();
}

void group_owners::saw(const std::shared_ptr<const group_view>& view) {
    const auto before = view_.exchange(view);
    if (seen_) {
        seen_(before.get(), *view);
    }
    for (const auto& forwarder : forwarders_) {
        forwarder->view_changed();
    }
}

std::string group_owners::address_of_owner(bytes_view topic, partition_id partition) const {
    const auto seen = view();
    const auto* const owner = seen ? seen->owner_of(topic, partition) : nullptr;
    return owner == nullptr ? std::string{} : address_of(owner->name);
}

bool group_owners::has_owner(bytes_view topic, partition_id partition) const {
    const auto seen = view();
    return seen && seen->owner_of(topic, partition) != nullptr;
}

append_forwarder& group_owners::forwarder_of(const boost::asio::io_context& context) const {
    return **std::ranges::find(forwarders_, &context,
                               [](const auto& one) { return &one->context(); });
}

}  // namespace bkes::sync
