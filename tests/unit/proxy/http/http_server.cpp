#include "proxy/http/http_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <string>

namespace {

using namespace bkes::proxy;
using namespace std::chrono_literals;
using boost::asio::ip::tcp;

/// Says what it was told until the client goes.
http_answer talk(const std::string& words) {
    return {.content_type = "text/event-stream",
            .stream = [words](http_stream& client) -> boost::asio::awaitable<void> {
                while (co_await client.write(words)) {
                }
            }};
}

boost::asio::awaitable<http_answer> echo(http_request request) {
    if (request.path == "/bug") {
        throw std::runtime_error("a secret");
    }
    if (request.path == "/once") {
        co_return http_answer{.stream = [](http_stream& client) -> boost::asio::awaitable<void> {
            co_await client.write("said");
            throw std::runtime_error("a secret");
        }};
    }
    if (request.path == "/talk") {
        co_return talk(std::string(100'000, 'x'));
    }
    co_return http_answer{.body = request.path + "|" + request.query,
                          .headers = {{"X-Host", request.host},
                                      {"X-Login", request.authorization},
                                      {"X-Seen", request.last_event_id}}};
}

struct served {
    explicit served(http_limits limits = {}) : server{echo, limits} {
        BOOST_REQUIRE(!server.bind({"127.0.0.1", 0}));
        server.start();
    }

    http_server server;
    boost::asio::io_context context{};

    tcp::socket connect() {
        tcp::socket client{context};
        client.connect({boost::asio::ip::address_v4::loopback(), server.port()});
        return client;
    }

    static std::string read_to_end(tcp::socket& client) {
        std::string all;
        boost::system::error_code ended;
        boost::asio::read(client, boost::asio::dynamic_buffer(all), ended);
        return all;
    }

    /// All that comes back until the server ends the connection.
    std::string exchange(const std::string& sent) {
        auto client = connect();
        boost::asio::write(client, boost::asio::buffer(sent));
        client.shutdown(tcp::socket::shutdown_send);
        return read_to_end(client);
    }
};

std::string get(const std::string& target, const std::string& more = "") {
    return "GET " + target + " HTTP/1.1\r\nHost: bkes\r\n" + more + "\r\n";
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(proxy_http_http_server, served)

BOOST_AUTO_TEST_CASE(requests_of_a_connection_are_answered_one_after_the_other) {
    const auto heard = exchange(get("/one?a=b&c") + get("/t%2Fwo"));
    const auto first = heard.find("\r\n\r\n/one|a=b&c");
    BOOST_TEST(heard.starts_with("HTTP/1.1 200 OK\r\n"), heard);
    BOOST_REQUIRE_MESSAGE(first != std::string::npos, heard);
    BOOST_TEST(heard.find("\r\n\r\n/t%2Fwo|", first) != std::string::npos, heard);
    BOOST_TEST(heard.contains("X-Content-Type-Options: nosniff"));
}

BOOST_AUTO_TEST_CASE(a_head_has_no_body) {
    const auto heard = exchange("HEAD /one HTTP/1.1\r\nHost: bkes\r\n\r\n");
    BOOST_TEST(heard.contains("Content-Length: 5\r\n"), heard);
    BOOST_TEST(heard.ends_with("\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(handlers_see_headers_and_give_some) {
    const auto heard = exchange(get("/one", "Authorization: Basic eA==\r\nlast-event-id: 7\r\n"));
    BOOST_TEST(heard.contains("X-Host: bkes\r\n"), heard);
    BOOST_TEST(heard.contains("X-Login: Basic eA==\r\n"));
    BOOST_TEST(heard.contains("X-Seen: 7\r\n"));
}

BOOST_AUTO_TEST_CASE(a_stream_ends_with_its_connection) {
    const auto heard = exchange(get("/once") + get("/one"));
    BOOST_TEST(heard.contains("Connection: close\r\n"), heard);
    BOOST_TEST(heard.ends_with("\r\n\r\nsaid"));
    BOOST_TEST(!heard.contains("Content-Length"));
    BOOST_TEST(exchange("HEAD /talk HTTP/1.1\r\nHost: bkes\r\n\r\n").ends_with("\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(the_connection_ends_when_the_client_wants_it) {
    const auto heard = exchange(get("/one", "Connection: close\r\n") + get("/two"));
    BOOST_TEST(heard.contains("/one|"));
    BOOST_TEST(!heard.contains("/two|"));
}

BOOST_AUTO_TEST_CASE(other_methods_are_refused) {
    const auto heard = exchange("DELETE /one HTTP/1.1\r\nHost: bkes\r\n\r\n");
    BOOST_TEST(heard.starts_with("HTTP/1.1 405 "), heard);
    BOOST_TEST(heard.contains("Allow: GET, HEAD\r\n"));
}

BOOST_AUTO_TEST_CASE(what_is_no_request_is_told_so) {
    BOOST_TEST(exchange("what is this?\r\n\r\n").starts_with("HTTP/1.1 400 "));
    BOOST_TEST(exchange("GET /" + std::string(10'000, 'x') + " HTTP/1.1\r\n\r\n")
                   .starts_with("HTTP/1.1 431 "));
    BOOST_TEST(
        exchange("GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello").starts_with("HTTP/1.1 413 "));
}

BOOST_AUTO_TEST_CASE(a_bug_is_no_answer_and_no_end) {
    const auto heard = exchange(get("/bug") + get("/one"));
    BOOST_TEST(heard.starts_with("HTTP/1.1 500 "), heard);
    BOOST_TEST(!heard.contains("secret"));
    BOOST_TEST(heard.contains("/one|"));
}

BOOST_AUTO_TEST_CASE(a_port_that_is_taken_is_an_error) {
    http_server other{echo};
    BOOST_TEST(other.bind({"127.0.0.1", server.port()}).failed());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(proxy_http_http_server_limits)

BOOST_AUTO_TEST_CASE(further_connections_are_closed) {
    served few{{.connections_max = 1}};
    auto first = few.connect();
    boost::asio::write(first, boost::asio::buffer(get("/one")));
    std::string some(20, '\0');
    boost::asio::read(first, boost::asio::buffer(some));
    auto second = few.connect();
    BOOST_TEST(served::read_to_end(second).empty());
    boost::asio::write(first, boost::asio::buffer(get("/two", "Connection: close\r\n")));
    BOOST_TEST(served::read_to_end(first).contains("/two|"));
}

BOOST_AUTO_TEST_CASE(who_reads_nothing_is_given_up_and_takes_no_memory_from_others) {
    served small{{.time_max = 200ms, .unsent_bytes_max = 50'000}};
    auto deaf = small.connect();
    boost::asio::write(deaf, boost::asio::buffer(get("/talk")));
    const auto ask = [&small] { return small.exchange(get("/one", "Connection: close\r\n")); };
    auto heard = ask();
    while (!heard.contains("503 ")) {  // until the kernel takes no more
        heard = ask();
    }
    while (!heard.contains("/one|")) {
        heard = ask();
    }
    BOOST_TEST(heard.starts_with("HTTP/1.1 200 "));
}

BOOST_AUTO_TEST_CASE(who_sends_nothing_is_given_up) {
    served hasty{{.time_max = 50ms}};
    auto silent = hasty.connect();
    BOOST_TEST(served::read_to_end(silent).empty());
}

BOOST_AUTO_TEST_SUITE_END()
