#include "sync/sasl/scram_client.hpp"

#include "sync/sasl/base64.hpp"
#include "sync/sasl/sasl_errors.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace bkes::sync;
using bkes::bytes;

/// The login of RFC 7677, section 3.
struct fixture {
    const std::string nonce = "rOprNGfwEbeRWgbNEkqO";
    const std::string server_nonce = nonce + "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    const std::string salt = "W22ZaJ0SNY7soEsUEjb6gQ==";
    const std::string server_first = "r=" + server_nonce + ",s=" + salt + ",i=4096";
    const std::string server_final = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
    scram_client client{scram_hash::sha_256, {.username = "user", .password = "pencil"}, nonce};

    fixture() { client.first_message(); }

    std::error_code error_of(const std::string& challenge) {
        const auto answer = client.answered(challenge);
        return answer ? std::error_code{} : answer.error();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync_sasl_scram_client, fixture)

BOOST_AUTO_TEST_CASE(logs_in_as_rfc_7677_does) {
    scram_client fresh{scram_hash::sha_256, {.username = "user", .password = "pencil"}, nonce};
    BOOST_TEST(fresh.mechanism() == "SCRAM-SHA-256");
    BOOST_TEST(fresh.first_message() == "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    const auto proof = fresh.answered(server_first);
    BOOST_REQUIRE(proof && *proof);
    BOOST_TEST(**proof ==
               "c=biws,r=" + server_nonce + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    const auto done = fresh.answered(server_final);
    BOOST_REQUIRE(done.has_value());
    BOOST_TEST(!*done);
}

/// By Python's hashlib and hmac; the name holds what RFC 5802 escapes.
BOOST_AUTO_TEST_CASE(and_with_sha_512) {
    const std::string own_nonce = "fyko+d2lbbFgONRv9qkxdawL";
    const std::string both = own_nonce + "%hvYDpWUa2RaTCAfuxFIlj)";
    scram_client other{
        scram_hash::sha_512, {.username = "a,b=c", .password = "geh,eim="}, own_nonce};
    BOOST_TEST(other.mechanism() == "SCRAM-SHA-512");
    BOOST_TEST(other.first_message() == "n,,n=a=2Cb=3Dc,r=" + own_nonce);
    const auto proof = other.answered("r=" + both + ",s=AAECAwQFBgcICQoLDA0ODw==,i=5000");
    BOOST_REQUIRE(proof && *proof);
    BOOST_TEST(**proof ==
               "c=biws,r=" + both +
                   ",p=EihjZmjb7LtcazpnmFpQuqjrz0kKI1vvBx8PSRlGR0u2gt7Mlv4Q0kqtUClRYvI63K"
                   "iUktSt4xrupAtKvEtQiw==");
    const auto done = other.answered(
        "v=Ho02gx1NQL3Pm39Qgep7R1KW1rAZTf2aFaFZTyXc7i5nPmRmEFvMc6frZpy5VVqOXBV9wtlS3HHJlWnbZ62yIg="
        "=");
    BOOST_REQUIRE(done.has_value());
    BOOST_TEST(!*done);
}

BOOST_AUTO_TEST_CASE(a_server_that_does_not_know_the_password) {
    BOOST_TEST(!error_of(server_first));
    BOOST_TEST(
        (error_of("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=") == sasl_errc::wrong_server));
}

BOOST_AUTO_TEST_CASE(a_signature_that_is_the_beginning_of_the_right_one) {
    BOOST_TEST(!error_of(server_first));
    BOOST_TEST((error_of("v=6rri") == sasl_errc::wrong_server));
    BOOST_TEST((error_of("v=") == sasl_errc::wrong_server));
}

BOOST_AUTO_TEST_CASE(a_nonce_that_is_not_ours) {
    BOOST_TEST((error_of("r=xOprNGfwEbeRWgbNEkqO%hvYDpWUa,s=" + salt + ",i=4096") ==
                sasl_errc::wrong_nonce));
}

BOOST_AUTO_TEST_CASE(a_nonce_to_which_the_server_adds_nothing) {
    BOOST_TEST((error_of("r=" + nonce + ",s=" + salt + ",i=4096") == sasl_errc::wrong_nonce));
}

BOOST_AUTO_TEST_CASE(iterations_are_bounded) {
    const auto asked = [this](const std::string& iterations) {
        scram_client one{scram_hash::sha_256, {.username = "u", .password = "p"}, nonce};
        one.first_message();
        const auto answer = one.answered("r=" + server_nonce + ",s=" + salt + ",i=" + iterations);
        return answer ? std::error_code{} : answer.error();
    };
    BOOST_TEST((asked("4095") == sasl_errc::bad_iterations));
    BOOST_TEST((asked("1") == sasl_errc::bad_iterations));
    BOOST_TEST((asked("-1") == sasl_errc::bad_iterations));
    BOOST_TEST((asked("1000001") == sasl_errc::bad_iterations));
    BOOST_TEST((asked("99999999999999999999") == sasl_errc::bad_challenge));
    BOOST_TEST((asked("many") == sasl_errc::bad_challenge));
    BOOST_TEST((asked("") == sasl_errc::bad_challenge));
    BOOST_TEST(!asked("4096"));
}

BOOST_AUTO_TEST_CASE(nonsense_is_refused) {
    for (const auto& text :
         {std::string{}, std::string{","}, std::string{"r="}, std::string{"e=other-error"},
          "m=ext," + server_first, "r=" + server_nonce, "r=" + server_nonce + ",i=4096",
          "r=" + server_nonce + ",s=,i=4096", "r=" + server_nonce + ",s=W22Z?J0S,i=4096",
          "r=" + server_nonce + ",s=W22ZaJ0,i=4096", "r=" + server_nonce + ",s=" + salt}) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST((error_of(text) == sasl_errc::bad_challenge));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_refusal_inside_the_exchange) {
    BOOST_TEST(!error_of(server_first));
    BOOST_TEST((error_of("e=invalid-proof") == sasl_errc::refused));
}

BOOST_AUTO_TEST_CASE(nonsense_instead_of_a_signature) {
    BOOST_TEST(!error_of(server_first));
    BOOST_TEST((error_of("") == sasl_errc::bad_challenge));
    BOOST_TEST((error_of("v=?") == sasl_errc::bad_challenge));
    BOOST_TEST((error_of(server_first) == sasl_errc::bad_challenge));
}

BOOST_AUTO_TEST_CASE(a_complete_login_takes_nothing_more) {
    BOOST_TEST(!error_of(server_first));
    BOOST_TEST(!error_of(server_final));
    BOOST_TEST((error_of(server_final) == sasl_errc::bad_challenge));
}

BOOST_AUTO_TEST_CASE(a_salted_password_is_used_again_for_the_same_salt_only) {
    BOOST_TEST(!error_of(server_first));
    auto kept = client.salted();
    BOOST_REQUIRE(kept.has_value());
    BOOST_TEST(kept->iterations == 4096);

    const auto proves = [&](const std::string& challenge) {
        // With no password: it can only come from what is kept.
        scram_client next{
            scram_hash::sha_256, {.username = "user", .password = "", .known = kept}, nonce};
        next.first_message();
        return next.answered(challenge).value().value().contains(
            "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    };
    BOOST_TEST(proves(server_first));
    kept->salt += "x";
    BOOST_TEST(!proves(server_first));
    kept->salt = client.salted()->salt;
    kept->iterations = 5000;
    BOOST_TEST(!proves(server_first));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(sync_sasl_base64)

/// RFC 4648, section 10.
BOOST_AUTO_TEST_CASE(both_ways) {
    for (const auto& [plain, text] :
         {std::pair{"", ""}, std::pair{"f", "Zg=="}, std::pair{"fo", "Zm8="},
          std::pair{"foo", "Zm9v"}, std::pair{"foob", "Zm9vYg=="}, std::pair{"fooba", "Zm9vYmE="},
          std::pair{"foobar", "Zm9vYmFy"}}) {
        BOOST_TEST(base64_encode(plain) == text);
        BOOST_TEST(base64_decode(text).value() == plain);
    }
}

BOOST_AUTO_TEST_CASE(only_whole_groups) {
    for (const auto* text :
         {"Z", "Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Z=g=", " Zm9", "Zm9v\n", "Zm9v Zm9"}) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(!base64_decode(text));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
