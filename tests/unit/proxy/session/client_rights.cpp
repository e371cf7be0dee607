#include "proxy/session/client_rights.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace bkes;
using namespace bkes::proxy;
using std::chrono::milliseconds;

constexpr auto never = client_rights::time_point::max();
const client_rights::time_point start{std::chrono::hours{1}};

struct rights_world {
    client_rights rights{milliseconds{100}};

    /// Asks for one topic and is told.
    void learn(bytes_view topic, std::int32_t operations, client_rights::time_point when = start) {
        rights.want(topic);
        rights.ask(when);
        rights.told(topic, operations);
        static_cast<void>(rights.question_answered());
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(proxy_client_rights, rights_world)

BOOST_AUTO_TEST_CASE(an_answer_is_remembered_for_a_while) {
    BOOST_TEST(!rights.of("t", start, never).has_value());
    learn("t", 0x110);
    BOOST_TEST(rights.of("t", start + milliseconds{99}, never).value() == 0x110);
    BOOST_TEST(!rights.of("t", start + milliseconds{100}, never).has_value());
    BOOST_TEST(!rights.of("u", start, never).has_value());
}

BOOST_AUTO_TEST_CASE(who_asked_takes_the_answer_however_slow_it_was) {
    learn("t", 0x8);
    BOOST_TEST(rights.of("t", start + milliseconds{5'000}, start).value() == 0x8);
    BOOST_TEST(!rights.of("t", start + milliseconds{5'000}, start + milliseconds{1}).has_value());
}

BOOST_AUTO_TEST_CASE(many_questions_travel_as_one) {
    for (const auto* topic : {"b", "a", "b", "a", "c"}) {
        rights.want(topic);
    }
    BOOST_TEST(rights.may_ask());
    BOOST_TEST((rights.ask(start) == std::vector<std::string>{"a", "b", "c"}));
    BOOST_TEST(!rights.may_ask());
    rights.want("d");  // meanwhile
    BOOST_TEST(!rights.may_ask());
    BOOST_TEST(rights.is_asking());
    static_cast<void>(rights.question_answered());
    BOOST_TEST((rights.ask(start) == std::vector<std::string>{"d"}));
}

BOOST_AUTO_TEST_CASE(each_waits_for_the_question_that_holds_its_own) {
    int called = 0;
    rights.want("a");
    rights.when_known([&] { called += 1; });
    rights.ask(start);
    rights.want("b");
    rights.when_known([&] { called += 10; });
    for (auto& known : rights.question_answered()) {
        known();
    }
    BOOST_TEST(called == 1);
    rights.ask(start);
    for (auto& known : rights.question_answered()) {
        known();
    }
    BOOST_TEST(called == 11);
}

BOOST_AUTO_TEST_CASE(what_the_broker_does_not_name_is_forbidden) {
    learn("a", 0x8);
    rights.want("a");
    rights.want("b");
    rights.ask(start + milliseconds{200});
    BOOST_TEST(rights.of("a", start + milliseconds{200}, start).value() == 0x8);
    static_cast<void>(rights.question_answered());
    BOOST_TEST(rights.of("a", start + milliseconds{200}, never).value() == 0);
    BOOST_TEST(rights.of("b", start + milliseconds{200}, never).value() == 0);
}

BOOST_AUTO_TEST_CASE(what_nobody_asked_is_not_learned) {
    rights.told("t", 0x8);
    BOOST_TEST(!rights.of("t", start, never).has_value());
}

BOOST_AUTO_TEST_CASE(no_more_is_remembered_than_the_last_question_beyond_a_limit) {
    for (std::size_t n = 0; n < client_rights::remembered_max; ++n) {
        learn("old" + std::to_string(n), 0x8, start);
    }
    learn("last", 0x8, start + milliseconds{1});
    learn("new", 0x8, start + milliseconds{2});
    BOOST_TEST(!rights.of("old0", start, never).has_value());
    BOOST_TEST(rights.of("last", start, never).has_value());
    BOOST_TEST(rights.of("new", start, never).has_value());
}

BOOST_AUTO_TEST_CASE(forgets_what_is_too_old) {
    learn("old", 0x8, start);
    learn("young", 0x8, start + milliseconds{50});
    rights.forget_old(start + milliseconds{100});
    BOOST_TEST(!rights.of("old", start, start).has_value());
    BOOST_TEST(rights.of("young", start, start).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
