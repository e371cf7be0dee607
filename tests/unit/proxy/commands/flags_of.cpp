#include "proxy/commands/flags_of.hpp"

#include "proxy/commands/program.hpp"
#include "proxy/config/settings.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <sstream>
#include <vector>

namespace {

using namespace bkes::proxy;

std::string printed(const std::vector<std::string>& words) {
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    surroundings around{.in = in, .out = out, .err = err, .environment = {}};
    BOOST_TEST(run_program(words, all_commands(), around) == exit_done);
    BOOST_TEST(err.str().empty());
    return out.str();
}

/// Without what a form escapes.
std::string plain(std::string text) {
    std::erase(text, '\\');
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_commands_flags_of)

BOOST_AUTO_TEST_CASE(options_and_settings_are_flags_alike) {
    const auto get = std::ranges::find(all_commands(), "get", &command::name);
    const auto flags = flags_of(*get);
    const auto last = std::ranges::find(flags, "--last", &shown_flag::name);
    BOOST_REQUIRE((last != flags.end()));
    BOOST_TEST(last->value_name == "N");
    BOOST_TEST(!last->is_setting);
    const auto protocol = std::ranges::find(flags, "--kafka-security-protocol", &shown_flag::name);
    BOOST_REQUIRE((protocol != flags.end()));
    BOOST_TEST(protocol->is_setting);
    BOOST_TEST(protocol->help.ends_with(" [PLAINTEXT]"), protocol->help);
}

BOOST_AUTO_TEST_CASE(shells_and_the_manual_know_every_command_and_flag) {
    for (const auto& words :
         {std::vector<std::string>{"completion", "bash"}, {"completion", "zsh"}, {"man"}}) {
        const auto text = plain(printed(words));
        for (const auto& one : all_commands()) {
            BOOST_TEST(text.contains(one.name), one.name);
            for (const auto& flag : flags_of(one)) {
                BOOST_TEST(text.contains(flag.name), flag.name);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(no_line_of_the_manual_is_a_request_by_chance) {
    std::istringstream lines{printed({"man"})};
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with('.') || line.starts_with('\'')) {
            const auto request = line.substr(0, line.find(' '));
            BOOST_TEST((request == ".TH" || request == ".SH" || request == ".SS" ||
                        request == ".TP" || request == ".PP"),
                       line);
        }
    }
}

BOOST_AUTO_TEST_CASE(another_shell_is_refused_by_name) {
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    surroundings around{.in = in, .out = out, .err = err, .environment = {}};
    const std::vector<std::string> words{"completion", "fish"};
    BOOST_TEST(run_program(words, all_commands(), around) == exit_usage);
    BOOST_TEST(err.str().contains("no completion for fish"));
}

BOOST_AUTO_TEST_SUITE_END()
