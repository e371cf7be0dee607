#include "proxy/control/control_client.hpp"

#include "proxy/control/control_address.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace bkes::proxy {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t answer_line_bytes_max = std::size_t{64} << 20U;

/// All that stays in place while the question is under way.
struct control_question {
    asio::local::stream_protocol::endpoint where;
    std::string sent;
    asio::local::stream_protocol::socket socket;
    std::string received{};
};

asio::awaitable<error_code> ask_by_socket(control_question& of) {
    constexpr auto resume = asio::as_tuple(asio::use_awaitable);
    if (const auto [failed] = co_await of.socket.async_connect(of.where, resume); failed) {
        co_return failed;
    }
    if (const auto [failed, size] =
            co_await asio::async_write(of.socket, asio::buffer(of.sent), resume);
        failed) {
        co_return failed;
    }
    const auto [failed, size] = co_await asio::async_read_until(
        of.socket, asio::dynamic_buffer(of.received, answer_line_bytes_max), '\n', resume);
    of.received.resize(failed ? 0 : size - 1);
    co_return failed;
}

}  // namespace

std::expected<std::string, error_code> ask_instance(const std::string& data_dir,
                                                    const std::string& line,
                                                    std::chrono::milliseconds timeout) {
    control_address address{data_dir};
    error_code nowhere;
    const auto endpoint = address.endpoint(nowhere);
    if (nowhere) {
        return std::unexpected{nowhere};
    }
    asio::io_context context{1};
    control_question question{.where = endpoint,
                              .sent = line + "\n",
                              .socket = asio::local::stream_protocol::socket{context}};
    std::optional<error_code> outcome;
    asio::co_spawn(context, ask_by_socket(question),
                   [&outcome](const std::exception_ptr& thrown, const error_code& failed) {
                       outcome = thrown ? error_code{asio::error::no_memory} : failed;
                   });
    context.run_for(timeout);
    if (!outcome) {
        return std::unexpected{error_code{asio::error::timed_out}};
    }
    if (*outcome) {
        return std::unexpected{*outcome};
    }
    return std::move(question.received);
}

}  // namespace bkes::proxy
