#include "sync/leader_link.hpp"

#include "sync/link_errors.hpp"

#include <chrono>
#include <utility>

namespace bkes::sync {

leader_link::leader_link(boost::asio::io_context& context, cluster_view& view, options settings)
    : context_{context}, view_{view}, settings_{std::move(settings)} {}

void leader_link::get(handler done) {
    if (is_open()) {
        done(link_);
        return;
    }
    const auto snapshot = view_.snapshot();
    const auto* leader = snapshot->leader_of(settings_.topic, settings_.partition);
    if (leader == nullptr) {
        view_.refresh();
        done(failure{make_error_code(link_errc::no_leader)});
        return;
    }
    const auto index = static_cast<std::size_t>(settings_.partition.value());
    epoch_ = snapshot->topic(settings_.topic)->partitions[index].epoch;
    leader_ = leader->id;
    link_ = std::make_shared<broker_link>(
        context_, broker_link_options{.host = leader->host,
                                      .port = leader->port,
                                      .client_id = settings_.client_id,
                                      .connect_timeout = std::chrono::seconds{3}});
    link_->open([self = shared_from_this(), link = link_,
                 done = std::move(done)](std::error_code error) mutable {
        if (error) {
            self->view_.refresh();
            done(failure{error});
            return;
        }
        done(std::move(link));
    });
}

bool leader_link::is_elsewhere() const {
    const auto snapshot = view_.snapshot();
    const auto* leader = snapshot->leader_of(settings_.topic, settings_.partition);
    if (!link_ || leader == nullptr) {
        return false;
    }
    const auto index = static_cast<std::size_t>(settings_.partition.value());
    return leader->id != leader_ ||
           snapshot->topic(settings_.topic)->partitions[index].epoch > epoch_;
}

void leader_link::drop() {
    if (link_) {
        std::exchange(link_, nullptr)->close();
    }
    view_.refresh();
}

}  // namespace bkes::sync
