#include "proxy/control/control_server.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/unit/proxy/commands/client_commands.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <mutex>

BOOST_AUTO_TEST_SUITE(proxy_commands_checkpoint)

using namespace bkes::proxy;

namespace {

/// Plays the instance that has a data directory.
struct played_instance {
    bkes::test::temporary_directory data_dir;
    std::string answer = R"({"ok":true,"directory":"/b","bytes":5,"ms":1,"partitions":[]})";
    std::mutex mutex{};
    std::vector<std::string> heard{};

    control_server server{[this](std::string line, const control_answer& told) {
        const std::lock_guard lock{mutex};
        heard.push_back(std::move(line));
        if (!answer.empty()) {
            told(answer);
        }
    }};

    played_instance() { BOOST_REQUIRE(!server.listen(data_dir.path().string())); }

    tests::command_run run(std::vector<std::string> args) const {
        args.push_back("--data-dir=" + data_dir.path().string());
        return tests::run_command_alone(checkpoint_command(), std::move(args));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(asks_the_instance_and_shows_what_it_made, played_instance) {
    const auto done = run({"/b/"});
    BOOST_TEST(done.code == exit_done);
    BOOST_TEST(done.out == "restore point /b: 0 partitions, 5 bytes, made in 1 ms\n");
    BOOST_TEST(run({"/b", "--json"}).out == answer + "\n");
    BOOST_TEST(run({"b/../c/."}).code == exit_done);
    const auto here = std::filesystem::current_path().string();
    BOOST_TEST(
        heard == (std::vector<std::string>{R"({"checkpoint":"/b"})", R"({"checkpoint":"/b"})",
                                           R"({"checkpoint":")" + here + R"(/c"})"}),
        boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_refusal_is_the_instances_own, played_instance) {
    answer = "{\"error\":\"no room\\u0007\"}";
    const auto refused = run({"/b"});
    BOOST_TEST(refused.code == exit_refused);
    BOOST_TEST(refused.err == "bkes: /b: no room\\x07\n");
    BOOST_TEST(refused.out.empty());
}

BOOST_FIXTURE_TEST_CASE(no_answer_is_told_from_a_refusal, played_instance) {
    answer = "nonsense";
    BOOST_TEST(run({"/b"}).code == exit_unreachable);
    answer.clear();
    const auto late = run({"/b", "--timeout-ms", "50"});
    BOOST_TEST(late.code == exit_unreachable);
    BOOST_TEST(late.err.contains("may still be made"));
    const auto nobody =
        tests::run_command_alone(checkpoint_command(), {"/b", "--data-dir=/nowhere"});
    BOOST_TEST(nobody.code == exit_unreachable);
    BOOST_TEST(nobody.err.contains("no bkes runs in data.dir=/nowhere"));
}

BOOST_FIXTURE_TEST_CASE(wrong_usage, played_instance) {
    BOOST_TEST(run({}).code == exit_usage);
    BOOST_TEST(run({""}).code == exit_usage);
    BOOST_TEST(run({"/\xff"}).code == exit_usage);
    BOOST_TEST(run({"/b", "--timeout-ms=0"}).code == exit_usage);
    BOOST_TEST(run({"/b", "/c"}).code == exit_usage);
    BOOST_TEST(heard.empty());
}

BOOST_AUTO_TEST_SUITE_END()
