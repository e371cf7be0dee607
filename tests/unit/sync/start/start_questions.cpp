// Why no broker was found, when several were tried for as long as there was time.

#include "sync/start/start_questions.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <chrono>
#include <string>

namespace {

using namespace bkes::sync;
using namespace std::chrono_literals;
using boost::asio::ip::tcp;

struct fixture {
    boost::asio::io_context context;
    tcp::endpoint any_port{boost::asio::ip::address_v4::loopback(), 0};
    tcp::acceptor silent{context, any_port};  ///< the kernel accepts, nobody answers
    tcp::acceptor absent{context, any_port};

    static std::string name_of(const tcp::acceptor& server) {
        return fmt::format("127.0.0.1:{}", server.local_endpoint().port());
    }

    static std::string asked(const std::string& servers) {
        const cluster_access access{.bootstrap_servers = servers};
        start_questions questions{access, 300ms};
        const auto found = questions.to_any_broker();
        BOOST_REQUIRE(!found);
        BOOST_TEST((found.error().kind == start_problem_kind::unreachable));
        return found.error().text;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync_start_start_questions, fixture)

BOOST_AUTO_TEST_CASE(what_the_deadline_cut_off_hides_no_better_reason) {
    const auto refusing = name_of(absent);
    absent.close();
    const auto text = asked(refusing + "," + name_of(silent));
    BOOST_TEST(text.find("no answer from " + refusing) != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(silence_is_a_reason_when_there_is_no_other) {
    const auto text = asked(name_of(silent));
    BOOST_TEST(text.find("no answer from " + name_of(silent)) != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(a_server_that_is_silent_does_not_hide_the_reason_of_the_next) {
    const auto refusing = name_of(absent);
    absent.close();
    const auto text = asked(name_of(silent) + "," + refusing);
    BOOST_TEST(text.find("no answer from " + refusing) != std::string::npos, text);
}

BOOST_AUTO_TEST_SUITE_END()
