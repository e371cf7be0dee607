#include "proxy/commands/client_options.hpp"

#include "protocol/messages/list_keys.hpp"
#include "tests/unit/proxy/commands/client_commands.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <unistd.h>

BOOST_AUTO_TEST_SUITE(proxy_commands_client_options)

using namespace bkes;
using namespace bkes::proxy;
using proxy::tests::fake_bkes;

namespace {

/// A bkes without keys, and a client's file that goes away with the test.
struct reached_by_file {
    int asked = 0;
    fake_bkes server{[this](const auto& request, bytes& out) {
        if (!proxy::tests::as<protocol::list_keys_request>(request)) {
            fake_bkes::offer_all(request, out);
            return;
        }
        ++asked;
        proxy::tests::respond(request, protocol::list_keys_response{}, out);
    }};
    std::filesystem::path path = std::filesystem::temp_directory_path() /
                                 ("bkes-client-options-" + std::to_string(::getpid()));

    reached_by_file() = default;
    reached_by_file(const reached_by_file&) = delete;
    reached_by_file& operator=(const reached_by_file&) = delete;

    ~reached_by_file() { std::filesystem::remove(path); }

    proxy::tests::command_run run(const std::string& text, std::vector<std::string> more = {}) {
        std::ofstream{path} << text;
        more.insert(more.begin(), {"bkes", "--command-config", path.string()});
        return proxy::tests::run_command_alone(keys_command(), std::move(more));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_clients_file_says_where_bkes_is, reached_by_file) {
    BOOST_TEST(run("bootstrap.servers=" + server.address()).code == exit_done);
    BOOST_TEST(asked == 1);
    // What is said at the keyboard wins.
    const auto by_flag =
        run("bootstrap.servers=127.0.0.1:1", {"--bootstrap-servers", server.address()});
    BOOST_TEST(by_flag.code == exit_done);
    BOOST_TEST(asked == 2);
}

BOOST_FIXTURE_TEST_CASE(a_clients_file_that_is_not_understood_ends_it, reached_by_file) {
    const auto wrong = run("bootstrap.servers=" + server.address() +
                           "\nssl.truststore.password=s3cret\nssl.provider=x");
    BOOST_TEST(wrong.code == exit_usage);
    BOOST_TEST(wrong.err.contains(path.string() + ":2: ssl.truststore.password isn't understood"));
    BOOST_TEST(wrong.err.contains(path.string() + ":3: ssl.provider isn't understood"));
    BOOST_TEST(!wrong.err.contains("s3cret"));
    BOOST_TEST(asked == 0);
}

BOOST_AUTO_TEST_SUITE_END()
