#include "sync/oauth/token_keeper.hpp"

#include "tests/support/http_peer.hpp"
#include "tests/support/io_fixture.hpp"

namespace {

using namespace bkes::sync;
using namespace std::chrono_literals;

struct fixture : bkes::test::io_fixture {
    fixture() : io_fixture{20s} {}

    bkes::test::http_peer peer{context};

    token_request request() {
        return {
            .endpoint = {.is_tls = false, .host = "127.0.0.1", .port = peer.port(), .target = "/"},
            .client_id = "me",
            .client_secret = "a-secret"};
    }

    void grant(const std::string& token, int lifetime_s) {
        peer.answer_with("200 OK", R"({"access_token":")" + token +
                                       R"(","token_type":"Bearer","expires_in":)" +
                                       std::to_string(lifetime_s) + "}");
    }

    static std::string value_of(token_keeper& keeper) {
        const auto token = keeper.current();
        return token ? token->value : "no token: " + token.error();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync_oauth_token_keeper, fixture)

BOOST_AUTO_TEST_CASE(a_token_is_renewed_before_its_end) {
    grant("first", 4);
    token_keeper keeper{request()};
    run_until([&] { return value_of(keeper) == "first"; });
    const auto ends = keeper.current()->expires;
    grant("second", 3600);
    run_until([&] { return value_of(keeper) == "second"; });
    BOOST_TEST((std::chrono::system_clock::now() < ends));
    BOOST_TEST(peer.connections == 2);
}

BOOST_AUTO_TEST_CASE(a_failure_leaves_the_old_token_its_time) {
    grant("first", 2);
    token_keeper keeper{request()};
    run_until([&] { return value_of(keeper) == "first"; });
    const auto ends = keeper.current()->expires;
    peer.answer_with("500 Internal Server Error", "");
    run_until([&] { return peer.connections >= 2; });
    BOOST_TEST(value_of(keeper) == "first");
    run_until([&] { return value_of(keeper) == "no token: HTTP status 500"; });
    BOOST_TEST((std::chrono::system_clock::now() >= ends - 100ms));
    grant("second", 3600);
    run_until([&] { return value_of(keeper) == "second"; });
}

BOOST_AUTO_TEST_CASE(who_waits_for_the_first_hears_of_its_failure) {
    std::uint16_t nobody = 0;
    {
        const bkes::test::http_peer gone{context};
        nobody = gone.port();
    }
    auto wanted = request();
    wanted.endpoint.port = nobody;
    token_keeper keeper{wanted};
    keeper.wait_for_first();
    BOOST_TEST(value_of(keeper) == "no token: Connection refused");
}

BOOST_AUTO_TEST_CASE(a_token_that_brokers_doubt_is_replaced) {
    grant("first", 3600);
    token_keeper keeper{request()};
    run_until([&] { return value_of(keeper) == "first"; });
    grant("second", 3600);
    run_until([&] {
        keeper.doubt();
        return value_of(keeper) == "second";
    });
    BOOST_TEST(peer.connections == 2);  // however often they do
}

BOOST_AUTO_TEST_SUITE_END()
