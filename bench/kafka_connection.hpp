#pragma once
// A blocking connection to a broker or to bkes, one request at a time unless told otherwise. No
// version is negotiated: the benchmarks know what they talk to.
//
// Everything throws std::runtime_error: a benchmark that fails has nothing to measure.

#include "protocol/core/bytes.hpp"
#include "protocol/header.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace bkes::bench {

inline constexpr std::string_view client_name = "bench";

/// HOST:PORT.
boost::asio::ip::tcp::endpoint endpoint_of(const std::string& address);

class kafka_connection {
  public:
    explicit kafka_connection(const std::string& address);

    /// The whole exchange. Views in the answer are valid until the next call.
    template <class Response, class Request>
    Response call(const Request& request, std::int16_t version) {
        bytes frame;
        append(request, version, frame);
        send(frame);
        return receive<Response>(version);
    }

    /// Appends a frame to `out`.
    template <class Request>
    static void append(const Request& request, std::int16_t version, bytes& out) {
        const protocol::request_header header{.version = version, .client_id = client_name};
        if (!protocol::append_request_frame(header, request, out)) {
            throw std::runtime_error("a request can't be encoded");
        }
    }

    void send(bytes_view frames);

    template <class Response>
    Response receive(std::int16_t version) {
        auto decoded =
            protocol::decode<Response>(receive_body(Response::schema.key, version), version);
        if (!decoded) {
            throw std::runtime_error("malformed response");
        }
        return std::move(*decoded);
    }

  private:
    bytes_view receive_body(std::int16_t key, std::int16_t version);

    boost::asio::io_context context_{1};
    boost::asio::ip::tcp::socket socket_{context_};
    bytes frame_;  ///< the newest response
};

/// Of all requests of the benchmarks.
inline constexpr std::int16_t produce_version = 9;

/// A frame, without its size, that answers a Produce to one partition: throws unless it was written.
void check_produced(bytes_view frame);

/// For each partition of the topic the HOST:PORT of its leader.
std::vector<std::string> leaders_of(const std::string& address, const std::string& topic);

/// The offset after the last record of a partition.
std::int64_t end_offset(kafka_connection& connection, const std::string& topic,
                        std::int32_t partition);

}  // namespace bkes::bench
