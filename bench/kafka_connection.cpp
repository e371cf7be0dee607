#include "bench/kafka_connection.hpp"

#include "protocol/frame.hpp"
#include "protocol/messages/list_offsets.hpp"
#include "protocol/messages/metadata.hpp"
#include "protocol/messages/produce.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <array>

namespace bkes::bench {

namespace asio = boost::asio;
using asio::ip::tcp;

tcp::endpoint endpoint_of(const std::string& address) {
    const auto colon = address.rfind(':');
    if (colon == std::string::npos) {
        throw std::runtime_error(address + " is not HOST:PORT");
    }
    asio::io_context context;
    tcp::resolver resolver{context};
    return *resolver.resolve(address.substr(0, colon), address.substr(colon + 1)).begin();
}

kafka_connection::kafka_connection(const std::string& address) {
    socket_.connect(endpoint_of(address));
    socket_.set_option(tcp::no_delay{true});
}

void kafka_connection::send(bytes_view frames) {
    asio::write(socket_, asio::buffer(frames));
}

bytes_view kafka_connection::receive_body(std::int16_t key, std::int16_t version) {
    std::array<char, protocol::frame_prefix_size> prefix{};
    asio::read(socket_, asio::buffer(prefix));
    const auto size = protocol::read_frame_size({prefix.data(), prefix.size()}, 1U << 30U);
    if (size.fault != protocol::frame_fault::none) {
        throw std::runtime_error("this is no Kafka response");
    }
    frame_.resize(size.bytes);
    asio::read(socket_, asio::buffer(frame_));
    const auto response =
        protocol::decode_response_header(frame_, *protocol::find_api(key), version);
    if (!response) {
        throw std::runtime_error("malformed response header");
    }
    return response->body;
}

void check_produced(bytes_view frame) {
    const auto header =
        protocol::decode_response_header(frame, *protocol::find_api(0), produce_version);
    const auto answer =
        header ? protocol::decode<protocol::produce_response>(header->body, produce_version)
               : result<protocol::produce_response>{failure{header.error()}};
    if (!answer) {
        throw std::runtime_error("malformed response");
    }
    const auto& written = answer->responses.at(0).partition_responses.at(0);
    if (written.error_code != 0) {
        throw std::runtime_error(fmt::format("Produce: error {} {}", written.error_code,
                                             written.error_message.value_or("")));
    }
}

std::vector<std::string> leaders_of(const std::string& address, const std::string& topic) {
    kafka_connection connection{address};
    protocol::metadata_request request;
    request.topics->push_back({.name = topic});
    const auto answer = connection.call<protocol::metadata_response>(request, 12);
    if (answer.topics.size() != 1 || answer.topics.front().error_code != 0) {
        throw std::runtime_error("no metadata of topic " + topic);
    }
    const auto& partitions = answer.topics.front().partitions;
    std::vector<std::string> leaders(partitions.size());
    for (const auto& partition : partitions) {
        for (const auto& broker : answer.brokers) {
            if (broker.node_id == partition.leader_id) {
                leaders.at(static_cast<std::size_t>(partition.partition_index)) =
                    fmt::format("{}:{}", broker.host, broker.port);
            }
        }
    }
    return leaders;
}

std::int64_t end_offset(kafka_connection& connection, const std::string& topic,
                        std::int32_t partition) {
    protocol::list_offsets_request request{.replica_id = -1};
    request.topics.push_back({.name = topic});
    request.topics.back().partitions.push_back({.partition_index = partition, .timestamp = -1});
    const auto answer = connection.call<protocol::list_offsets_response>(request, 6);
    const auto& found = answer.topics.at(0).partitions.at(0);
    if (found.error_code != 0) {
        throw std::runtime_error(fmt::format("ListOffsets: error {}", found.error_code));
    }
    return found.offset;
}

}  // namespace bkes::bench
