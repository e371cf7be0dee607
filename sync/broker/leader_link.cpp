#include "sync/broker/leader_link.hpp"

#include "sync/broker/link_errors.hpp"

#include <utility>

namespace bkes::sync {

leader_link::leader_link(boost::asio::io_context& context, cluster_view& view,
                         const options& settings)
    : context_{context},
      leader_{view, settings.topic, settings.partition},
      client_id_{settings.client_id},
      keep_alive_{settings.keep_alive},
      security_{settings.security} {}

void leader_link::get(handler done) {
    if (link_ && link_->is_open()) {
        done(link_);
        return;
    }
    const auto leader = leader_.locate();
    if (!leader) {
        done(failure{make_error_code(link_errc::no_leader)});
        return;
    }
    link_ = std::make_shared<broker_link>(context_, broker_link_options{.host = leader->host,
                                                                        .port = leader->port,
                                                                        .client_id = client_id_,
                                                                        .keep_alive = keep_alive_,
                                                                        .security = security_});
    link_->open([self = shared_from_this(), link = link_,
                 done = std::move(done)](std::error_code error) mutable {
        if (error) {
            self->leader_.refresh();
            done(failure{error});
            return;
        }
        done(std::move(link));
    });
}

void leader_link::drop() {
    if (link_) {
        std::exchange(link_, nullptr)->close();
    }
    leader_.refresh();
}

}  // namespace bkes::sync
