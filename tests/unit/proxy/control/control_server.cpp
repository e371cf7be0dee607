#include "proxy/control/control_server.hpp"

#include "proxy/control/control_address.hpp"
#include "proxy/control/control_client.hpp"
#include "tests/support/temporary_directory.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace {

using namespace bkes::proxy;
using namespace std::chrono_literals;
using boost::asio::local::stream_protocol;
namespace fs = std::filesystem;

/// A data directory, and a server that keeps each answer until it is let go.
struct asked_server {
    bkes::test::temporary_directory around;
    std::string data_dir = (around.path() / "data").string();
    std::mutex mutex{};
    std::vector<std::string> lines{};
    std::vector<control_answer> waiting{};
    bool answers = true;
    std::optional<control_server> server{};
    boost::asio::io_context context{};

    boost::system::error_code start() {
        fs::create_directories(data_dir);
        server.emplace([this](std::string line, const control_answer& answer) {
            const std::lock_guard lock{mutex};
            if (answers) {
                answer("heard " + line);
            } else {
                waiting.push_back(answer);
            }
            lines.push_back(std::move(line));
        });
        return server->listen(data_dir);
    }

    [[nodiscard]] std::string ask(const std::string& line,
                                  std::chrono::milliseconds timeout = 10s) const {
        const auto answer = ask_instance(data_dir, line, timeout);
        return answer ? *answer : "failed: " + answer.error().message();
    }

    stream_protocol::socket connect() {
        control_address address{data_dir};
        boost::system::error_code failed;
        stream_protocol::socket client{context};
        client.connect(address.endpoint(failed));
        BOOST_REQUIRE(!failed);
        return client;
    }

    std::size_t count_lines() {
        const std::lock_guard lock{mutex};
        return lines.size();
    }

    void await_lines(std::size_t count) {
        const auto end = std::chrono::steady_clock::now() + 10s;
        while (count_lines() < count) {
            BOOST_REQUIRE(std::chrono::steady_clock::now() < end);
            std::this_thread::yield();
        }
    }
};

/// Until the other end closes.
std::string read_all(stream_protocol::socket& from) {
    std::string text;
    boost::system::error_code ended;
    boost::asio::read(from, boost::asio::dynamic_buffer(text), ended);
    return text;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(proxy_control_control_server, asked_server, *boost::unit_test::timeout(60))

BOOST_AUTO_TEST_CASE(answers_a_line_with_a_line) {
    BOOST_REQUIRE(!start());
    BOOST_TEST(ask("one") == "heard one");
    BOOST_TEST(ask("") == "heard ");
    const std::string large(60'000, 'x');
    BOOST_TEST(ask(large) == "heard " + large);
}

BOOST_AUTO_TEST_CASE(only_its_user_may_ask_and_it_leaves_nothing) {
    BOOST_REQUIRE(!start());
    const auto file = fs::path{data_dir} / "control";
    BOOST_TEST(fs::is_socket(file));
    BOOST_TEST(
        (fs::status(file).permissions() == (fs::perms::owner_read | fs::perms::owner_write)));
    server.reset();
    BOOST_TEST(!fs::exists(file));
}

BOOST_AUTO_TEST_CASE(a_long_path_is_reached_by_its_directory) {
    data_dir = (around.path() / std::string(100, 'a') / std::string(100, 'b')).string();
    BOOST_REQUIRE(!start());
    BOOST_TEST(ask("far") == "heard far");
    BOOST_TEST(fs::is_socket(fs::path{data_dir} / "control"));
    BOOST_REQUIRE(!start());
    BOOST_TEST(ask("again") == "heard again");
    server.reset();
    BOOST_TEST(!fs::exists(fs::path{data_dir} / "control"));
}

BOOST_AUTO_TEST_CASE(takes_the_place_of_one_that_died) {
    fs::create_directories(data_dir);
    {
        stream_protocol::acceptor dead{context, stream_protocol::endpoint{data_dir + "/control"}};
    }
    BOOST_TEST(ask("dead") == "failed: Connection refused");
    BOOST_REQUIRE(!start());
    BOOST_TEST(ask("one") == "heard one");
}

BOOST_AUTO_TEST_CASE(another_file_stays) {
    fs::create_directories(data_dir);
    std::ofstream{data_dir + "/control"} << "kept";
    BOOST_TEST(start() == boost::system::errc::address_in_use);
    server.reset();
    BOOST_TEST(fs::file_size(data_dir + "/control") == 4U);
}

BOOST_AUTO_TEST_CASE(who_asks_nobody_hears_so) {
    BOOST_TEST(ask("x") == "failed: No such file or directory");
    data_dir += std::string(200, 'x');
    BOOST_TEST(ask("x") == "failed: No such file or directory");
}

BOOST_AUTO_TEST_CASE(who_waits_too_long_gives_up_and_the_next_is_answered) {
    answers = false;
    BOOST_REQUIRE(!start());
    BOOST_TEST(ask("slow", 50ms) == "failed: Connection timed out");
    await_lines(1);
    waiting[0]("to nobody");
    answers = true;
    BOOST_TEST(ask("quick") == "heard quick");
}

BOOST_AUTO_TEST_CASE(answers_come_from_any_thread_and_after_the_end) {
    answers = false;
    BOOST_REQUIRE(!start());
    auto told = std::async(std::launch::async, [this] { return ask("one"); });
    await_lines(1);
    waiting[0]("from here");
    BOOST_TEST(told.get() == "from here");
    told = std::async(std::launch::async, [this] { return ask("two"); });
    await_lines(2);
    server.reset();
    waiting[1]("to nobody");
    BOOST_TEST(told.get() == "failed: End of file");
}

BOOST_AUTO_TEST_CASE(a_line_has_an_end) {
    BOOST_REQUIRE(!start());
    auto client = connect();
    boost::system::error_code failed;
    boost::asio::write(client, boost::asio::buffer(std::string(100'000, 'x')), failed);
    BOOST_TEST(read_all(client).empty());
    BOOST_TEST(count_lines() == 0U);
    auto gone = connect();
    boost::asio::write(gone, boost::asio::buffer(std::string{"half"}), failed);
    gone.close();
    BOOST_TEST(ask("one") == "heard one");
}

BOOST_AUTO_TEST_CASE(few_are_asked_at_once) {
    answers = false;
    BOOST_REQUIRE(!start());
    std::vector<stream_protocol::socket> clients;
    for (std::size_t number = 0; number < 8; ++number) {
        clients.push_back(connect());
        boost::asio::write(clients.back(), boost::asio::buffer(std::to_string(number) + "\n"));
    }
    await_lines(8);
    auto ninth = connect();
    BOOST_TEST(read_all(ninth).empty());
    waiting[static_cast<std::size_t>(std::ranges::find(lines, "3") - lines.begin())]("done");
    BOOST_TEST(read_all(clients[3]) == "done\n");
    auto tenth = connect();
    boost::asio::write(tenth, boost::asio::buffer(std::string{"line\n"}));
    await_lines(9);
}

BOOST_AUTO_TEST_SUITE_END()
