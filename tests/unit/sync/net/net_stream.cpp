#include "sync/net/net_stream.hpp"

#include "sync/net/tls_errors.hpp"
#include "tests/support/io_fixture.hpp"
#include "tests/support/tls_peer.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace bkes::sync;
using namespace std::chrono_literals;
using bkes::test::authority;
using bkes::test::make_server;
using bkes::test::validity;
using boost::asio::ip::tcp;
using boost::system::error_code;

/// A listener whose queue is full: it answers nobody, and refuses nobody.
class black_hole {
  public:
    explicit black_hole(boost::asio::io_context& context) : listener_{context} {
        listener_.open(tcp::v4());
        listener_.bind({boost::asio::ip::make_address("127.0.0.1"), 0});
        listener_.listen(0);
        queue_.reserve(queue_max);
        while (queue_.size() < queue_max) {
            queue_.emplace_back(context).async_connect(address(), [](error_code) {});
        }
    }

    tcp::endpoint address() const { return listener_.local_endpoint(); }

  private:
    static constexpr std::size_t queue_max = 3;

    tcp::acceptor listener_;
    std::vector<tcp::socket> queue_;
};

/// Two ends of one connection over a real socket; both are net_streams.
struct fixture : bkes::test::io_fixture {
    fixture() : io_fixture{10s} {}

    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
        context.get_executor()};
    boost::asio::thread_pool elsewhere{1};  ///< where servers shake hands
    authority ca{"bkes net_stream"};
    tcp::acceptor acceptor{context, {boost::asio::ip::make_address("127.0.0.1"), 0}};
    net_stream client{context.get_executor()};
    std::optional<net_stream> server;
    std::string name = "127.0.0.1";  ///< whom the client expects
    std::thread::id own_thread = std::this_thread::get_id();

    ~fixture() {
        client.close();
        if (server) {
            server->close();
        }
        work.reset();
        context.run_for(1s);
    }

    void connect() {
        std::optional<error_code> connected;
        acceptor.async_accept(
            [&](error_code, tcp::socket socket) { server.emplace(std::move(socket)); });
        client.async_connect("127.0.0.1", acceptor.local_endpoint().port(), 10s,
                             [&](error_code failed) { connected = failed; });
        run_until([&] { return connected && server; });
        BOOST_TEST(!*connected);
    }

    tls_client trusting(const authority& trusted, host_check check = host_check::https) {
        return {.context = *make_client_context({.ca_location = trusted.location()}, ""),
                .check = check};
    }

    /// What the client makes of the server's certificate.
    std::error_code handshake(const tls_context& of_server, const tls_client& of_client) {
        connect();
        std::optional<error_code> at_server;
        std::optional<error_code> at_client;
        server->async_handshake(of_server, elsewhere.get_executor(), [&](error_code failed) {
            BOOST_TEST((std::this_thread::get_id() == own_thread));
            at_server = failed;
        });
        client.async_handshake(of_client, name, [&](error_code failed) {
            at_client = failed;
            if (failed) {
                client.close();
            }
        });
        run_until([&] { return at_server && at_client; });
        return *at_client;
    }

    std::error_code handshake() {
        return handshake(make_server(ca.sign_for("server", "IP:127.0.0.1,DNS:localhost")),
                         trusting(ca));
    }

    std::pair<error_code, std::string> read(net_stream& from) {
        std::array<char, 100> into{};
        std::optional<std::pair<error_code, std::string>> got;
        from.async_read_some(boost::asio::buffer(into), [&](error_code failed, std::size_t count) {
            got = {failed, std::string{into.data(), count}};
        });
        run_until([&] { return got.has_value(); });
        return *got;
    }

    void write(net_stream& to, const std::string& first, const std::string& second = {}) {
        std::optional<error_code> written;
        const std::array<boost::asio::const_buffer, 2> parts{boost::asio::buffer(first),
                                                             boost::asio::buffer(second)};
        to.async_write(parts, [&](error_code failed, std::size_t count) {
            BOOST_TEST(count == first.size() + second.size());
            written = failed;
        });
        run_until([&] { return written.has_value(); });
        BOOST_TEST(!*written);
    }

    void exchange() {
        write(client, "hello, ", "server");
        BOOST_TEST(read(*server).second == "hello, server");
        write(*server, "hello, client");
        BOOST_TEST(read(client).second == "hello, client");
    }

    std::string refusal(const tls_context& of_server, const tls_client& of_client) {
        const auto failed = handshake(of_server, of_client);
        BOOST_TEST(is_refused_certificate(failed));
        return failed.message();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync_net_net_stream, fixture)

BOOST_AUTO_TEST_CASE(carries_bytes_plain) {
    connect();
    BOOST_TEST(!client.is_tls());
    exchange();
}

BOOST_AUTO_TEST_CASE(and_under_tls) {
    BOOST_TEST(!handshake());
    BOOST_TEST(client.is_tls());
    exchange();
}

BOOST_AUTO_TEST_CASE(nobody_listening) {
    const auto port = acceptor.local_endpoint().port();
    acceptor.close();
    std::optional<error_code> connected;
    client.async_connect("127.0.0.1", port, 10s, [&](error_code failed) { connected = failed; });
    run_until([&] { return connected.has_value(); });
    BOOST_TEST((*connected == boost::asio::error::connection_refused));
}

BOOST_AUTO_TEST_CASE(an_address_that_answers_nobody_takes_its_share_of_the_time) {
    black_hole silent{context};
    tcp::socket socket{context};
    std::optional<error_code> connected;
    const auto began = std::chrono::steady_clock::now();
    async_connect_in_turn(socket, {silent.address(), acceptor.local_endpoint()}, 400ms,
                          [&](error_code failed) { connected = failed; });
    run_until([&] { return connected.has_value(); });
    BOOST_TEST(!*connected);
    BOOST_TEST((socket.remote_endpoint() == acceptor.local_endpoint()));
    BOOST_TEST((std::chrono::steady_clock::now() - began >= 200ms));
}

BOOST_AUTO_TEST_CASE(and_one_that_refuses_takes_none) {
    tcp::acceptor gone{context, {boost::asio::ip::make_address("127.0.0.1"), 0}};
    const auto refuses = gone.local_endpoint();
    gone.close();
    tcp::socket socket{context};
    std::optional<error_code> connected;
    async_connect_in_turn(socket, {refuses, acceptor.local_endpoint()}, 1h,
                          [&](error_code failed) { connected = failed; });
    run_until([&] { return connected.has_value(); });
    BOOST_TEST(!*connected);
}

BOOST_AUTO_TEST_CASE(no_other_address_is_tried_when_the_owner_has_closed) {
    black_hole silent{context};
    tcp::socket socket{context};
    std::optional<error_code> connected;
    async_connect_in_turn(socket, {silent.address(), acceptor.local_endpoint()}, 1h,
                          [&](error_code failed) { connected = failed; });
    socket.close();
    run_until([&] { return connected.has_value(); });
    BOOST_TEST((*connected == boost::asio::error::operation_aborted));
    BOOST_TEST(!socket.is_open());
}

BOOST_AUTO_TEST_CASE(a_certificate_for_the_name_that_was_asked_for) {
    name = "localhost";
    BOOST_TEST(!handshake());
}

BOOST_AUTO_TEST_CASE(one_for_another_name) {
    name = "broker.example.com";
    BOOST_TEST(refusal(make_server(ca.sign_for("other", "DNS:other.example.com")), trusting(ca)) ==
               "the other side's certificate is refused: hostname mismatch");
}

BOOST_AUTO_TEST_CASE(one_for_another_address) {
    BOOST_TEST(refusal(make_server(ca.sign_for("other", "IP:127.0.0.2")), trusting(ca)) ==
               "the other side's certificate is refused: IP address mismatch");
}

BOOST_AUTO_TEST_CASE(which_is_not_looked_at_if_so_told) {
    BOOST_TEST(!handshake(make_server(ca.sign_for("other", "IP:127.0.0.2")),
                          trusting(ca, host_check::none)));
    exchange();
}

BOOST_AUTO_TEST_CASE(a_certificate_of_another_authority) {
    authority stranger{"bkes stranger"};
    BOOST_TEST(refusal(make_server(stranger.sign_for("server", "IP:127.0.0.1")), trusting(ca)) ==
               "the other side's certificate is refused: unable to get local issuer certificate");
}

BOOST_AUTO_TEST_CASE(also_where_the_name_is_not_looked_at) {
    authority stranger{"bkes stranger"};
    BOOST_TEST(refusal(make_server(stranger.sign_for("server", "IP:127.0.0.1")),
                       trusting(ca, host_check::none))
                   .contains("unable to get local issuer certificate"));
}

BOOST_AUTO_TEST_CASE(one_whose_time_is_over) {
    BOOST_TEST(
        refusal(make_server(ca.sign_for("old", "IP:127.0.0.1", validity::over)), trusting(ca)) ==
        "the other side's certificate is refused: certificate has expired");
}

BOOST_AUTO_TEST_CASE(shows_its_own_certificate) {
    const auto mine = ca.sign_for("mine", "DNS:mine");
    const auto wanted = make_server(ca.sign_for("server", "IP:127.0.0.1"),
                                    bkes::test::client_certificate::required, ca.location());
    const auto context_of_client = make_client_context({.ca_location = ca.location(),
                                                        .certificate_location = mine.certificate,
                                                        .key_location = mine.key},
                                                       "");
    BOOST_TEST(!handshake(wanted, {.context = *context_of_client}));
    exchange();
}

BOOST_AUTO_TEST_CASE(hears_that_one_is_wanted) {
    const auto wanted = make_server(ca.sign_for("server", "IP:127.0.0.1"),
                                    bkes::test::client_certificate::required, ca.location());
    auto failed = handshake(wanted, trusting(ca));
    if (!failed) {  // with TLS 1.3 a client's handshake is over before
        failed = read(client).first;
    }
    BOOST_TEST_CONTEXT(failed.message()) {
        BOOST_TEST(failed.message().contains("certificate required"));
    }
}

BOOST_AUTO_TEST_CASE(a_peer_without_tls) {
    connect();
    std::optional<std::error_code> failed;
    client.async_handshake(trusting(ca), name, [&](error_code error) { failed = error; });
    write(*server, "HTTP/1.1 400 Bad Request\r\n\r\n");
    run_until([&] { return failed.has_value(); });
    BOOST_TEST((*failed == tls_errc::not_tls));
}

BOOST_AUTO_TEST_CASE(the_server_knows_whom_the_client_asked_for) {
    BOOST_TEST(!handshake());
    BOOST_TEST(server->server_name() == "");  // an address is no name
    BOOST_TEST(client.server_name() == "");
}

BOOST_AUTO_TEST_CASE(as_the_client_wrote_it) {
    name = "LocalHost";
    BOOST_TEST(!handshake());
    BOOST_TEST(server->server_name() == "LocalHost");
}

BOOST_AUTO_TEST_CASE(a_server_that_is_closed_in_the_midst_of_a_handshake) {
    connect();
    std::optional<error_code> failed;
    server->async_handshake(make_server(ca.sign_for("server", "IP:127.0.0.1")),
                            elsewhere.get_executor(), [&](error_code error) { failed = error; });
    server->close();
    run_until([&] { return failed.has_value(); });
    BOOST_TEST((*failed == tls_errc::ended_in_handshake));
    BOOST_TEST(!server->socket().is_open());
    BOOST_TEST((read(client).first == boost::asio::error::eof));
}

BOOST_AUTO_TEST_CASE(a_client_without_tls) {
    connect();
    std::optional<std::error_code> failed;
    server->async_handshake(make_server(ca.sign_for("server", "IP:127.0.0.1")),
                            elsewhere.get_executor(), [&](error_code error) { failed = error; });
    write(client, std::string{"\0\0\0\x0a\0\x12\0\0\0\0", 10});
    run_until([&] { return failed.has_value(); });
    BOOST_TEST((*failed == tls_errc::not_tls));
}

BOOST_AUTO_TEST_CASE(a_peer_that_hangs_up_on_tls) {
    connect();
    std::optional<std::error_code> failed;
    client.async_handshake(trusting(ca), name, [&](error_code error) { failed = error; });
    server->close();
    run_until([&] { return failed.has_value(); });
    BOOST_TEST((*failed == tls_errc::ended_in_handshake));
}

BOOST_AUTO_TEST_CASE(plain_bytes_leave_at_once_while_the_kernel_takes_them) {
    connect();
    error_code failed;
    BOOST_TEST(client.try_write(boost::asio::buffer("now", 3), failed) == 3U);
    BOOST_TEST(!failed);
    BOOST_TEST(read(*server).second == "now");
    const std::string much(std::size_t{64} << 20U, 'x');
    BOOST_TEST(client.try_write(boost::asio::buffer(much), failed) < much.size());
    // The kernel may make room a few times yet; nobody reads, so not for ever.
    std::size_t taken = much.size();
    for (int more = 0; taken > 0 && more < 1000; ++more) {
        taken = client.try_write(boost::asio::buffer(much), failed);
    }
    BOOST_TEST(taken == 0U);
    BOOST_TEST(!failed);
}

BOOST_AUTO_TEST_CASE(under_tls_none_do) {
    BOOST_TEST(!handshake());
    error_code failed;
    BOOST_TEST(client.try_write(boost::asio::buffer("now", 3), failed) == 0U);
    BOOST_TEST(!failed);
    exchange();
}

BOOST_AUTO_TEST_CASE(who_ends_writing_still_reads) {
    connect();
    client.async_end_writing([] {});
    BOOST_TEST((read(*server).first == boost::asio::error::eof));
    write(*server, "the rest");
    BOOST_TEST(read(client).second == "the rest");
}

BOOST_AUTO_TEST_CASE(under_tls_it_is_heard_too) {
    BOOST_TEST(!handshake());
    bool is_over = false;
    client.async_end_writing([&] { is_over = true; });
    BOOST_TEST((read(*server).first == boost::asio::error::eof));
    BOOST_TEST(!is_over);
    server->async_end_writing([] {});
    run_until([&] { return is_over; });
    BOOST_TEST((read(client).first == boost::asio::error::eof));
}

BOOST_AUTO_TEST_CASE(an_end_that_was_not_said_is_an_end) {
    BOOST_TEST(!handshake());
    server->close();
    BOOST_TEST((read(client).first == boost::asio::error::eof));
}

BOOST_AUTO_TEST_CASE(a_large_write_arrives_whole_and_in_order) {
    BOOST_TEST(!handshake());
    std::string much;
    for (int number = 0; much.size() < (std::size_t{4} << 20U); ++number) {
        much += std::to_string(number) + ",";
    }
    bool is_written = false;
    client.async_write(boost::asio::buffer(much),
                       [&](error_code failed, std::size_t) { is_written = !failed; });
    std::string arrived;
    while (arrived.size() < much.size()) {
        arrived += read(*server).second;
    }
    run_until([&] { return is_written; });
    BOOST_TEST((arrived == much));
}

BOOST_AUTO_TEST_SUITE_END()
