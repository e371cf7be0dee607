#include "sync/net/tls_context.hpp"

#include "tests/support/certificates.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

namespace {

using bkes::sync::client_certificate;
using bkes::sync::make_client_context;
using bkes::sync::make_server_context;
using bkes::sync::tls_files;
using bkes::test::authority;
using bkes::test::validity;

struct fixture {
    authority ca{"bkes tls_context"};
    bkes::test::certificate_files mine = ca.sign_for("mine", "DNS:mine");

    static std::string problem_of(const tls_files& files) {
        const auto made = make_client_context(files, "kafka.ssl.");
        return made ? "none" : made.error();
    }

    std::string written(const std::string& name, const std::string& text) const {
        auto path = ca.folder() + "/" + name;
        std::ofstream{path} << text;
        return path;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync_net_tls_context, fixture)

BOOST_AUTO_TEST_CASE(certificates_and_keys_that_belong_together) {
    BOOST_TEST(problem_of({}) == "none");
    BOOST_TEST(problem_of({.ca_location = ca.location()}) == "none");
    BOOST_TEST(problem_of({.ca_location = ca.folder()}) == "none");
    BOOST_TEST(problem_of({.ca_location = ca.location(),
                           .certificate_location = mine.certificate,
                           .key_location = mine.key}) == "none");
}

BOOST_AUTO_TEST_CASE(files_that_can_not_be_read_are_named_with_their_setting) {
    const std::string nowhere = "/nonexistent/file.pem";
    const auto what = nowhere + ": can't be read: No such file or directory";
    BOOST_TEST(problem_of({.ca_location = nowhere}) == "kafka.ssl.ca.location=" + what);
    BOOST_TEST(problem_of({.certificate_location = nowhere, .key_location = mine.key}) ==
               "kafka.ssl.certificate.location=" + what);
    BOOST_TEST(problem_of({.certificate_location = mine.certificate, .key_location = nowhere}) ==
               "kafka.ssl.key.location=" + what);
}

BOOST_AUTO_TEST_CASE(so_are_those_that_hold_something_else) {
    const auto text = written("text.pem", "no certificate");
    BOOST_TEST(problem_of({.ca_location = text}) ==
               "kafka.ssl.ca.location=" + text + ": holds no certificate in PEM form");
    BOOST_TEST(problem_of({.certificate_location = text, .key_location = mine.key}) ==
               "kafka.ssl.certificate.location=" + text + ": holds no certificate in PEM form");
    BOOST_TEST(problem_of({.certificate_location = mine.certificate, .key_location = text}) ==
               "kafka.ssl.key.location=" + text +
                   ": holds no private key in PEM form, or kafka.ssl.key.password is missing or "
                   "wrong");
}

BOOST_AUTO_TEST_CASE(a_key_of_another_certificate) {
    const auto other = ca.sign_for("other", "DNS:other");
    BOOST_TEST(problem_of({.certificate_location = mine.certificate, .key_location = other.key}) ==
               "kafka.ssl.key.location=" + other.key +
                   ": is not the key of kafka.ssl.certificate.location=" + mine.certificate);
}

BOOST_AUTO_TEST_CASE(whom_a_certificate_names) {
    const auto shown = make_client_context(
        {.certificate_location = mine.certificate, .key_location = mine.key}, "");
    BOOST_REQUIRE(shown.has_value());
    BOOST_TEST(bkes::sync::subject_of_certificate(*shown) == "CN=mine");
    BOOST_TEST(bkes::sync::subject_of_certificate(*make_client_context({}, "")).empty());
}

BOOST_AUTO_TEST_CASE(one_without_the_other) {
    const std::string problem =
        "kafka.ssl.certificate.location and kafka.ssl.key.location go together";
    BOOST_TEST(problem_of({.certificate_location = mine.certificate}) == problem);
    BOOST_TEST(problem_of({.key_location = mine.key}) == problem);
}

BOOST_AUTO_TEST_CASE(an_encrypted_key_needs_its_password) {
    const auto locked = ca.sign_for("locked", "DNS:locked", validity::now, "geheim");
    tls_files files{.certificate_location = locked.certificate, .key_location = locked.key};
    BOOST_TEST(problem_of(files).contains("kafka.ssl.key.password is missing or wrong"));
    files.key_password = "falsch";
    BOOST_TEST(problem_of(files).contains("kafka.ssl.key.password is missing or wrong"));
    BOOST_TEST(!problem_of(files).contains("falsch"));
    files.key_password = "geheim";
    BOOST_TEST(problem_of(files) == "none");
}

BOOST_AUTO_TEST_CASE(speaks_as_the_intermediate_profile_says) {
    const auto made = make_client_context({}, "kafka.ssl.");
    auto* const raw = (*made)->native_handle();
    BOOST_TEST(SSL_CTX_get_min_proto_version(raw) == TLS1_2_VERSION);
    BOOST_TEST(SSL_CTX_get_max_proto_version(raw) == 0);  // the newest
    BOOST_TEST((SSL_CTX_get_options(raw) & SSL_OP_NO_RENEGOTIATION) != 0U);
    BOOST_TEST((SSL_CTX_get_options(raw) & SSL_OP_NO_COMPRESSION) != 0U);
    const auto* const ciphers = SSL_CTX_get_ciphers(raw);
    for (int at = 0; at < sk_SSL_CIPHER_num(ciphers); ++at) {
        const auto* const cipher = sk_SSL_CIPHER_value(ciphers, at);
        BOOST_TEST_CONTEXT(SSL_CIPHER_get_name(cipher)) {
            BOOST_TEST(SSL_CIPHER_is_aead(cipher) == 1);
        }
    }
    BOOST_TEST(sk_SSL_CIPHER_num(ciphers) == 12);  // three of TLS 1.3, nine of 1.2
}

BOOST_AUTO_TEST_CASE(a_server_shows_a_certificate) {
    const auto problem_of_server = [](const tls_files& files, client_certificate wanted) {
        const auto made = make_server_context(files, wanted, "ssl.");
        return made ? "none" : made.error();
    };
    tls_files files{.certificate_location = mine.certificate, .key_location = mine.key};
    BOOST_TEST(problem_of_server({}, client_certificate::none) ==
               "ssl.certificate.location is not set");
    BOOST_TEST(problem_of_server(files, client_certificate::none) == "none");
    for (const auto wanted : {client_certificate::requested, client_certificate::required}) {
        files.ca_location.clear();
        BOOST_TEST(problem_of_server(files, wanted) ==
                   "ssl.ca.location is not set, and ssl.client.auth needs it");
        files.ca_location = ca.location();
        BOOST_TEST(problem_of_server(files, wanted) == "none");
    }
}

BOOST_AUTO_TEST_SUITE_END()
