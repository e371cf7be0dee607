#include "proxy/commands/program.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

BOOST_AUTO_TEST_SUITE(proxy_commands_program)

using namespace bkes::proxy;

namespace {

const std::vector<command> commands{
    {.name = "echo",
     .summary = "Print a word",
     .takes = {.positionals = {"WORD"},
               .options = {config_option, {"--loud", "", "Print it twice"}},
               .settings = {},
               .takes_all_settings = true},
     .notes = "Some notes.\n",
     .run = [](const invocation& call) -> outcome<void> {
         call.around.out << call.args.positional(0) << load_config(call).value.hold_ms;
         if (call.args.has("--loud")) {
             return give_up{{exit_unreachable, "too loud"}};
         }
         return {};
     }},
    {.name = "version",
     .summary = "Version",
     .takes = {},
     .notes = {},
     .run = [](const invocation& call) -> outcome<void> {
         call.around.out << "1";
         return {};
     }}};

struct run_result {
    int code;
    std::string out;
    std::string err;
};

run_result run(const std::vector<std::string>& args, std::vector<std::string> environment = {}) {
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    surroundings around{.in = in, .out = out, .err = err, .environment = std::move(environment)};
    const int code = run_program(args, commands, around);
    return {code, out.str(), err.str()};
}

}  // namespace

BOOST_AUTO_TEST_CASE(runs_the_command) {
    const auto done = run({"echo", "hi"});
    BOOST_TEST(done.code == exit_done);
    BOOST_TEST(done.out == "hi5000");
    BOOST_TEST(done.err.empty());
    BOOST_TEST(run({"--version"}).out == "1");
}

BOOST_AUTO_TEST_CASE(settings_come_from_flags_and_environment) {
    BOOST_TEST(run({"echo", "hi", "--hold-ms", "7"}).out == "hi7");
    BOOST_TEST(run({"echo", "hi"}, {"BKES_HOLD_MS=8", "HOME=/"}).out == "hi8");
}

BOOST_AUTO_TEST_CASE(config_file_comes_from_option_or_variable) {
    const auto by_option = run({"echo", "hi", "--config", "/nonexistent/1"}, {"BKES_CONFIG=/2"});
    BOOST_TEST(by_option.code == exit_usage);
    BOOST_TEST(by_option.err.contains("/nonexistent/1"));
    BOOST_TEST(run({"echo", "hi"}, {"BKES_CONFIG=/nonexistent/2"}).err.contains("/nonexistent/2"));
}

BOOST_AUTO_TEST_CASE(a_failure_gives_its_code_and_text) {
    const auto failed = run({"echo", "hi", "--loud"});
    BOOST_TEST(failed.code == exit_unreachable);
    BOOST_TEST(failed.err == "bkes: too loud\n");
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_told_with_a_hint) {
    BOOST_TEST(run({"echo"}).code == exit_usage);
    BOOST_TEST(run({"echo"}).err == "bkes: WORD is missing\nSee: bkes echo --help\n");
    BOOST_TEST(run({"ecko", "hi"}).err ==
               "bkes: there is no command ecko; did you mean echo?\nSee: bkes --help\n");
    BOOST_TEST(run({"echo", "hi", "--holdms=1"}).err.contains("did you mean --hold-ms?"));
    BOOST_TEST(run({"echo", "hi", "--holdms=1"}).code == exit_usage);
    BOOST_TEST(run({}).code == exit_usage);
    BOOST_TEST(run({}).err.contains("Usage:"));
}

BOOST_AUTO_TEST_CASE(help_is_shown_for_all_and_for_each) {
    for (const auto* word : {"--help", "-h", "help"}) {
        const auto help = run({word});
        BOOST_TEST(help.code == exit_done);
        BOOST_TEST(help.out.contains("echo       Print a word\n"));
    }
    const auto help = run({"echo", "--help"});
    BOOST_TEST(help.code == exit_done);
    BOOST_TEST(help.out.contains("Usage: bkes echo WORD [OPTIONS]\n"));
    BOOST_TEST(help.out.contains("Some notes.\n"));
    BOOST_TEST(help.out.contains("  --config FILE\n"));
    BOOST_TEST(help.out.contains("  --broker-port-base VALUE\n"));
    BOOST_TEST(help.out.contains("[the listener's port + 1]"));
    BOOST_TEST(help.out.contains("[16777216]"));
    BOOST_TEST(run({"echo", "--", "--help"}).out == "--help5000");
}

BOOST_AUTO_TEST_SUITE_END()
