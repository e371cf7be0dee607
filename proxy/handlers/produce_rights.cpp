#include "proxy/handlers/produce_rights.hpp"

#include "protocol/batch/produce_check.hpp"
#include "proxy/handlers/rights_check.hpp"
#include "proxy/session/server_state.hpp"

#include <fmt/format.h>

#include <utility>

namespace bkes::proxy {

using protocol::acl_operation;
using protocol::kafka_error;

namespace {

/// Each key is a topic in the question to the broker. Clients split a batch that is too large.
constexpr std::size_t records_with_keys_max = 10'000;

/// A batch that can't be read is nobody's to write: the append refuses it, whoever it is from.
std::optional<write_refusal> look_at_keys(rights_check& rights, const server_state& server,
                                          bytes_view topic, bytes_view records) {
    const auto batch = protocol::check_produce_batch(records, server.settings.batch_bytes_max);
    if (!batch) {
        return std::nullopt;
    }
    if (batch->records.size() > records_with_keys_max) {
        return write_refusal{kafka_error::message_too_large,
                             fmt::format("bkes: at most {} records in a batch with authorize=keys",
                                         records_with_keys_max)};
    }
    std::optional<write_refusal> refused;
    for (const auto& record : batch->records) {
        if (!record.key) {
            // It belongs to no aggregate, so only the topic itself can give the right to it.
            if (!rights.allows(topic, acl_operation::write) && !refused) {
                refused = write_refusal{kafka_error::topic_authorization_failed,
                                        missing_right_text(acl_operation::write, topic)};
            }
        } else if (!rights.allows(topic, *record.key, acl_operation::write) && !refused) {
            refused =
                write_refusal{kafka_error::topic_authorization_failed,
                              missing_right_text(acl_operation::write,
                                                 topic_of_rights(server, topic, *record.key))};
        }
    }
    return refused;
}

}  // namespace

std::optional<std::vector<std::optional<write_refusal>>> look_at_write_rights(
    session& client, const protocol::produce_request& request) {
    const auto& server = client.server();
    rights_check rights{client, client.request_waits_since()};
    std::vector<std::optional<write_refusal>> refusals;
    for (const auto& topic : request.topic_data) {
        if (!server.guarded.guards(topic.name)) {
            continue;
        }
        for (const auto& partition : topic.partition_data) {
            auto& refusal = refusals.emplace_back();
            if (server.settings.authorize == authorization::keys) {
                refusal = look_at_keys(rights, server, topic.name,
                                       partition.records.value_or(bytes_view{}));
            } else if (!rights.allows(topic.name, acl_operation::write)) {
                refusal = write_refusal{kafka_error::topic_authorization_failed,
                                        missing_right_text(acl_operation::write, topic.name)};
            }
        }
    }
    return rights.is_open() ? std::nullopt : std::optional{std::move(refusals)};
}

}  // namespace bkes::proxy
