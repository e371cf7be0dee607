#include "proxy/handlers/rights_check.hpp"

#include "proxy/session/server_state.hpp"
#include "sync/types/printable.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace bkes::proxy {

using protocol::acl_operation;
using protocol::authorized_operations;

rights_check::rights_check(session& client, client_rights::time_point asked_since)
    : client_{client}, now_{client_rights::time_point::clock::now()}, asked_since_{asked_since} {}

/// Who may read the topic itself reads all of its keys there, so he may by key too: routers come so.
bool rights_check::allows(bytes_view topic, bytes_view key, acl_operation wanted) {
    const auto by_key = look_up(topic_of_rights(client_.server(), topic, key));
    if ((by_key & bit_of(wanted)) != 0) {
        return true;
    }
    return wanted != acl_operation::write && allows(topic, wanted);
}

bool rights_check::allows(bytes_view topic, acl_operation wanted) {
    return (look_up(std::string{topic}) & bit_of(wanted)) != 0;
}

authorized_operations rights_check::operations(bytes_view topic, bytes_view key) {
    const auto by_key = look_up(topic_of_rights(client_.server(), topic, key));
    return by_key | told_operations(look_up(std::string{topic}));
}

authorized_operations rights_check::look_up(std::string topic) {
    if (!last_operations_ || topic != last_) {
        last_operations_ = client_.rights().of(topic, now_, asked_since_);
        if (!last_operations_) {
            is_open_ = true;
            client_.rights().want(topic);
            last_operations_ = 0;
        }
        last_ = std::move(topic);
    }
    return *last_operations_;
}

std::string topic_of_rights(const server_state& server, bytes_view topic, bytes_view key) {
    return server.settings.authorize == authorization::keys ? key_topic_name_start(topic, key)
                                                            : std::string{topic};
}

std::string missing_right_text(acl_operation wanted, bytes_view topic) {
    const std::string_view name = wanted == acl_operation::write  ? "WRITE"
                                  : wanted == acl_operation::read ? "READ"
                                                                  : "DESCRIBE";
    return fmt::format("bkes: no right to {} topic \"{}\"", name, sync::printable(topic));
}

}  // namespace bkes::proxy
