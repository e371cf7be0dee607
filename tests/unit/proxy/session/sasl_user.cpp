#include "proxy/session/sasl_user.hpp"

#include "proxy/session/sasl_exchange.hpp"

#include <boost/test/unit_test.hpp>

using namespace bkes;
using namespace bkes::proxy;

namespace {

constexpr std::int16_t sasl_authentication_failed = 58;

bool is_user(const sasl_exchange& login, bytes_view name) {
    return login.user() && *login.user() == name;
}

constexpr bytes_view plain_alice{"\0alice\0secret", 13};
constexpr bytes_view scram_bob = "n,,n=bob,r=nonce";

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_session_sasl_user)

BOOST_AUTO_TEST_CASE(plain_names_the_user_between_two_zeros) {
    BOOST_TEST(user_in_first_token("PLAIN", plain_alice).value() == "alice");
    BOOST_TEST(user_in_first_token("PLAIN", bytes_view{"alice\0alice\0secret", 18}).value() ==
               "alice");
    BOOST_TEST(!user_in_first_token("PLAIN", bytes_view{"\0alice", 6}).has_value());
    BOOST_TEST(!user_in_first_token("PLAIN", "").has_value());
}

BOOST_AUTO_TEST_CASE(scram_names_the_user_behind_the_channel_binding) {
    for (const bytes_view mechanism : {"SCRAM-SHA-256", "SCRAM-SHA-512"}) {
        BOOST_TEST(user_in_first_token(mechanism, scram_bob).value() == "bob");
    }
    const auto user = [](bytes_view token) { return user_in_first_token("SCRAM-SHA-256", token); };
    BOOST_TEST(user("n,a=bob,n=bob,r=nonce").value() == "bob");
    BOOST_TEST(user("n,,n=a=2Cb=3Dc,r=nonce").value() == "a,b=c");
    BOOST_TEST(user("n,,n=bob,r=nonce,tokenauth=false").value() == "bob");
    BOOST_TEST(!user("n,,n=token-id,r=nonce,tokenauth=true").has_value());
    BOOST_TEST(!user("n,,r=nonce").has_value());
    BOOST_TEST(!user("").has_value());
}

BOOST_AUTO_TEST_CASE(other_mechanisms_dont_tell) {
    BOOST_TEST(!user_in_first_token("OAUTHBEARER", "n,,n=alice").has_value());
    BOOST_TEST(!user_in_first_token("GSSAPI", plain_alice).has_value());
}

BOOST_AUTO_TEST_CASE(who_never_logs_in_is_anonymous) {
    BOOST_TEST(is_user(sasl_exchange{}, "ANONYMOUS"));
}

BOOST_AUTO_TEST_CASE(who_is_let_in_is_whom_the_first_token_named) {
    sasl_exchange login;
    login.handshake_sent(1, "SCRAM-SHA-256");
    login.handshake_answered(0);
    login.authenticate_sent(scram_bob);
    login.authenticate_answered(0, 0);
    BOOST_TEST(is_user(login, "ANONYMOUS"));
    login.authenticate_sent("c=biws,r=nonce,p=proof");
    login.authenticate_answered(0, 0);
    BOOST_TEST(is_user(login, "bob"));

    // A new login, in which one claims to be somebody else.
    login.handshake_sent(1, "SCRAM-SHA-256");
    login.authenticate_sent("n,,n=alice,r=nonce");
    login.authenticate_answered(0, 0);
    BOOST_TEST(is_user(login, "bob"));
    login.authenticate_answered(sasl_authentication_failed, 0);
    BOOST_TEST(is_user(login, "bob"));
}

BOOST_AUTO_TEST_CASE(whose_mechanism_doesnt_tell_is_unknown) {
    sasl_exchange login;
    login.handshake_sent(1, "GSSAPI");
    login.authenticate_sent("token");
    login.authenticate_answered(0, 0);
    BOOST_TEST(!login.user().has_value());
}

BOOST_AUTO_TEST_CASE(a_bare_token_names_the_user_too) {
    sasl_exchange login;
    login.handshake_sent(0, "PLAIN");
    BOOST_TEST(is_user(login, "ANONYMOUS"));
    login.handshake_answered(0);
    BOOST_TEST((login.take(plain_alice) == sasl_exchange::frame_kind::token));
    BOOST_TEST(is_user(login, "alice"));
}

BOOST_AUTO_TEST_SUITE_END()
