#include "protocol/messages/list_keys.hpp"
#include "tests/unit/proxy/commands/client_commands.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

BOOST_AUTO_TEST_SUITE(proxy_commands_keys)

using namespace bkes;
using namespace bkes::proxy;
using proxy::tests::fake_bkes;

namespace {

/// The empty key and `a0` to `a4`; never more than `per_page` in an answer.
struct scripted_bkes {
    std::int32_t per_page = 1000;
    std::vector<std::string> keys{"", "a0", "a1", "a2", "a3", "a4"};
    std::vector<std::int32_t> limits{};
    bool starts_over = false;

    void handle(const protocol::request_view& request, bytes& out) {
        const auto list = proxy::tests::as<protocol::list_keys_request>(request);
        if (!list) {
            fake_bkes::offer_all(request, out);
            return;
        }
        limits.push_back(list->limit);
        protocol::list_keys_response response;
        for (const auto& key : keys) {
            const bool is_behind = !list->after || key > *list->after;
            if ((is_behind || starts_over) && key.starts_with(list->prefix) &&
                std::ssize(response.keys) < std::min(list->limit, per_page)) {
                response.keys.push_back({.key = key, .next_order = 1});
            }
        }
        proxy::tests::respond(request, response, out);
    }

    /// The keys printed, as they are printed.
    std::vector<std::string> run(std::vector<std::string> args, int code = exit_done) {
        const fake_bkes server{[this](const auto& request, bytes& out) { handle(request, out); }};
        args.insert(args.begin(), "bkes");
        const auto done = proxy::tests::run_against(server, keys_command(), std::move(args));
        BOOST_TEST(done.code == code);
        std::vector<std::string> printed;
        std::istringstream lines{done.out};
        for (std::string line; std::getline(lines, line);) {
            printed.push_back(line.substr(0, line.find("  ")));
        }
        return printed;
    }
};

void check(const std::vector<std::string>& printed, const std::vector<std::string>& expected) {
    BOOST_TEST(printed == expected, boost::test_tools::per_element());
}

}  // namespace

BOOST_AUTO_TEST_CASE(lists_all_keys_page_by_page) {
    const std::vector<std::string> all{"\"\"", "a0", "a1", "a2", "a3", "a4"};
    check(scripted_bkes{}.run({}), all);
    // A page may end long before its limit; only an empty one is the last.
    check(scripted_bkes{.per_page = 2}.run({}), all);
    check(scripted_bkes{.per_page = 1}.run({}), all);
}

BOOST_AUTO_TEST_CASE(stops_at_the_limit) {
    scripted_bkes server;
    check(server.run({"--limit", "1"}), {"\"\""});
    BOOST_TEST(server.limits == std::vector<std::int32_t>{1}, boost::test_tools::per_element());
    check(scripted_bkes{.per_page = 2}.run({"--limit=3"}), {"\"\"", "a0", "a1"});
}

BOOST_AUTO_TEST_CASE(asks_for_a_prefix) {
    check(scripted_bkes{}.run({"--prefix", "a3"}), {"a3"});
    check(scripted_bkes{}.run({"--prefix=6133", "--prefix-hex"}), {"a3"});
    check(scripted_bkes{}.run({"--prefix=b"}), {});
}

BOOST_AUTO_TEST_CASE(does_not_go_round_in_circles) {
    scripted_bkes server{.keys = {"a"}, .starts_over = true};
    check(server.run({}, exit_refused), {"a"});
    BOOST_TEST(server.limits.size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
