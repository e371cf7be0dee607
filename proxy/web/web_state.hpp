#pragma once
// What all requests to the HTTP API share. Belongs to the thread of the HTTP server.

#include "proxy/session/conflict_log.hpp"
#include "proxy/web/kafka_users.hpp"
#include "proxy/web/web.hpp"
#include "sync/aggregate_reader.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace bkes::proxy {

struct web_state {
    web_state(boost::asio::io_context& own, web_options options, sync::aggregate_reader* read,
              conflict_log& seen)
        : context{own},
          topics{std::move(options.topics)},
          bootstrap_servers{std::move(options.bootstrap_servers)},
          hosts{std::move(options.hosts)},
          topic_id{std::move(options.topic_id)},
          users{std::make_shared<kafka_users>(own, std::move(options.users))},
          reader{read},
          conflicts{seen} {}

    boost::asio::io_context& context;
    const std::vector<std::string> topics;  ///< that are guarded
    const std::string bootstrap_servers;
    const std::vector<std::string> hosts;
    const std::function<uuid(bytes_view topic)> topic_id;  ///< not when it is stopped
    const std::shared_ptr<kafka_users> users;
    bool is_stopped = false;  ///< from then on what follows is gone
    /// Only to hear that an aggregate grew: what it holds is read by those who may. Null where there is
    /// no store: then it is looked at again and again.
    sync::aggregate_reader* const reader;
    conflict_log& conflicts;
    /// Whoever waits, to be woken when all ends.
    std::set<boost::asio::steady_timer*> sleepers{};

    void stop() {
        is_stopped = true;
        users->stop();
        for (auto* const one : sleepers) {
            one->cancel();
        }
    }
};

}  // namespace bkes::proxy
