#pragma once
// Whether a client may do with aggregates what its request asks (contract section 8).
//
//     rights_check rights{client, client.request_waits_since()};
//     ... rights.allows(topic, key, acl_operation::read) for each aggregate
//     if (rights.is_open()) return request_route::after_rights;
//
// All questions of a request are gathered in one go. Until they are answered nothing of it may be
// done, and nothing said.

#include "protocol/acl_operation.hpp"
#include "protocol/core/bytes.hpp"
#include "proxy/session/client_rights.hpp"
#include "proxy/session/session.hpp"

#include <optional>
#include <string>

namespace bkes::proxy {

class rights_check {
  public:
    /// `asked_since`: an answer asked for at that time or later counts, however long it took.
    rights_check(session& client, client_rights::time_point asked_since);

    /// Also false while it isn't known.
    bool allows(bytes_view topic, bytes_view key, protocol::acl_operation wanted);

    /// For what concerns no one key.
    bool allows(bytes_view topic, protocol::acl_operation wanted);

    /// As far as known: what of it the client may do with the key topic.
    protocol::authorized_operations operations(bytes_view topic, bytes_view key);

    /// Something has to be asked first; `client_rights` wants it now.
    [[nodiscard]] bool is_open() const { return is_open_; }

  private:
    protocol::authorized_operations look_up(std::string topic);

    session& client_;
    client_rights::time_point now_;
    client_rights::time_point asked_since_;
    std::string last_;  ///< many keys of one topic have the same rights with authorize=topic
    std::optional<protocol::authorized_operations> last_operations_;
    bool is_open_ = false;
};

/// One of the topics that the client may not do that with. All of them are looked at, so that all questions
/// are asked at once.
template <class Topics>
std::optional<bytes_view> find_forbidden(rights_check& rights, const Topics& topics,
                                         protocol::acl_operation wanted) {
    std::optional<bytes_view> forbidden;
    for (const auto& topic : topics) {
        if (!rights.allows(topic, wanted)) {
            forbidden = topic;
        }
    }
    return forbidden;
}

/// The topic that a right to an aggregate is a right to, by `authorize`.
std::string topic_of_rights(const server_state& server, bytes_view topic, bytes_view key);

constexpr bool may_describe(protocol::authorized_operations operations) {
    return (operations & bit_of(protocol::acl_operation::describe)) != 0;
}

/// What a client is told that it may do with a key topic: nobody can write to one.
constexpr protocol::authorized_operations told_operations(
    protocol::authorized_operations operations) {
    return operations &
           (bit_of(protocol::acl_operation::read) | bit_of(protocol::acl_operation::describe));
}

/// What the client lacks, for its error message.
std::string missing_right_text(protocol::acl_operation wanted, bytes_view topic);

}  // namespace bkes::proxy
