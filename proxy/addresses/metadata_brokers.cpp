#include "proxy/addresses/metadata_brokers.hpp"

#include "protocol/messages/metadata.hpp"
#include "protocol/wire/number_of.hpp"
#include "protocol/wire/writer.hpp"

namespace bkes::proxy {

using protocol::metadata_response;
using protocol::walk;

result<void> append_with_own_addresses(bytes_view body, std::int16_t version,
                                       address_rewriter& addresses, bytes& out) {
    protocol::writer to{out};
    const bool is_flexible = version >= metadata_response::schema.flexible_since;
    metadata_response::broker broker;
    std::size_t host_begin = 0;
    std::size_t taken = 0;
    const auto walked = protocol::locate<metadata_response>(
        body, version, [&](const protocol::located_field& field) {
            if (field.path == "brokers.node_id") {
                broker.node_id = protocol::number_of<std::int32_t>(field.value);
            } else if (field.path == "brokers.host") {
                broker.host = field.value;
                host_begin = field.begin;
            } else if (field.path == "brokers.port") {
                broker.port = protocol::number_of<std::int32_t>(field.value);
                addresses.rewrite(broker);
                to.raw(body.substr(taken, host_begin - taken));
                is_flexible ? to.compact_string(broker.host) : to.string(broker.host);
                to.i32(broker.port);
                taken = field.end;
            }
            return field.path == "topics" ? walk::stop : walk::go_on;
        });
    to.raw(body.substr(taken));
    return walked;
}

}  // namespace bkes::proxy
