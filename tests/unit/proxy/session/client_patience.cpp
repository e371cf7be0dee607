#include "proxy/session/client_patience.hpp"

#include <boost/test/unit_test.hpp>

namespace bkes::proxy {

using namespace std::chrono_literals;

struct patience_fixture {
    using clock = client_patience::clock;

    clock::time_point start = clock::time_point{} + 1h;
    client_patience patience{{.request_max = 60s, .idle_max = 600s}, start};

    /// As of a client that bkes reads from and owes nothing.
    [[nodiscard]] std::optional<disconnect> after(clock::duration time) const {
        return patience.given_up(start + time, true, true);
    }
};

BOOST_FIXTURE_TEST_SUITE(proxy_session_client_patience, patience_fixture)

BOOST_AUTO_TEST_CASE(who_never_asks_is_given_up_after_a_minute) {
    BOOST_TEST((after(59s) == std::nullopt));
    BOOST_TEST((after(60s) == disconnect::idle));
}

BOOST_AUTO_TEST_CASE(a_request_that_drips_is_given_up_a_minute_after_it_began) {
    patience.request_is_whole();
    patience.request_began(start + 100s);
    patience.moved(start + 150s);
    patience.request_began(start + 150s);
    BOOST_TEST((after(159s) == std::nullopt));
    BOOST_TEST((after(160s) == disconnect::unfinished_request));
}

BOOST_AUTO_TEST_CASE(the_first_request_has_a_minute_from_the_connection_on) {
    patience.request_began(start + 59s);
    BOOST_TEST((after(60s) == disconnect::unfinished_request));
}

BOOST_AUTO_TEST_CASE(between_requests_only_idleness_counts) {
    patience.moved(start + 10s);
    patience.request_is_whole();
    BOOST_TEST((after(609s) == std::nullopt));
    BOOST_TEST((after(610s) == disconnect::idle));
}

BOOST_AUTO_TEST_CASE(who_is_proven_may_take_long_for_a_request) {
    patience.proven();
    patience.request_began(start + 1s);
    patience.moved(start + 500s);
    BOOST_TEST((after(1000s) == std::nullopt));
    BOOST_TEST((after(1100s) == disconnect::idle));
}

BOOST_AUTO_TEST_CASE(who_waits_for_bkes_is_not_given_up) {
    patience.request_began(start);
    BOOST_TEST((patience.given_up(start + 1h, false, false) == std::nullopt));
    patience.request_is_whole();
    BOOST_TEST((patience.given_up(start + 1h, true, false) == std::nullopt));
}

BOOST_AUTO_TEST_CASE(looks_when_something_can_be_over) {
    BOOST_TEST((patience.next_look(start) == start + 60s));
    patience.request_is_whole();
    BOOST_TEST((patience.next_look(start + 10s) == start + 70s));  // a request may begin now
    patience.request_began(start + 30s);
    BOOST_TEST((patience.next_look(start + 70s) == start + 90s));
    patience.proven();
    BOOST_TEST((patience.next_look(start + 70s) == start + 600s));
    BOOST_TEST((patience.next_look(start + 600s) == start + 1200s));  // it was waiting
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::proxy
