#include "proxy/config/jaas.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(proxy_config_jaas)

using namespace bkes::proxy;

namespace {

const std::string plain = "org.apache.kafka.common.security.plain.PlainLoginModule";
const std::string scram = "org.apache.kafka.common.security.scram.ScramLoginModule";

/// "USERNAME/PASSWORD", or what is wrong.
std::string read(const std::string& text) {
    const auto login = parse_jaas_login(text);
    return login ? login->username + "/" + login->password : "wrong: " + login.error();
}

}  // namespace

BOOST_AUTO_TEST_CASE(reads_the_user_of_each_module) {
    const auto by_plain =
        parse_jaas_login(plain + R"( required username="alice" password="secret";)");
    BOOST_REQUIRE(by_plain);
    BOOST_TEST((by_plain->module == jaas_login::module_kind::plain));
    BOOST_TEST(by_plain->username == "alice");
    BOOST_TEST(by_plain->password == "secret");
    const auto by_scram = parse_jaas_login(scram + " required password=p username=u;");
    BOOST_REQUIRE(by_scram);
    BOOST_TEST((by_scram->module == jaas_login::module_kind::scram));
    BOOST_TEST(read("shaded." + plain + " REQUIRED username=u password=p;") == "u/p");
}

BOOST_AUTO_TEST_CASE(reads_what_java_reads) {
    BOOST_TEST(read(plain + "\n  required\n  username='a b'\n  password = \"x=y;z\" ;\n") ==
               "a b/x=y;z");
    BOOST_TEST(read(plain + R"( required username="u\"v" password="\\\t\101\60!";)") ==
               "u\"v/\\\tA0!");
    BOOST_TEST(read("// mine\n" + plain + " /* a; b */ required username=u password=p-_$.1; //") ==
               "u/p-_$.1");
    BOOST_TEST(read(plain + R"( required username="u" password="//no comment";)") ==
               "u///no comment");
}

BOOST_AUTO_TEST_CASE(names_what_it_does_not_understand) {
    BOOST_TEST(read("com.sun.security.auth.module.Krb5LoginModule required;")
                   .starts_with("wrong: com.sun.security.auth.module.Krb5LoginModule isn't "));
    BOOST_TEST(read(scram + R"( required username="u" password="p" tokenauth="true";)") ==
               "wrong: the option tokenauth isn't understood, only username and password");
    BOOST_TEST(read(plain + R"( required username="u";)") ==
               "wrong: username and password are needed");
    BOOST_TEST(read(plain + R"( username="u" password="p";)") ==
               "wrong: expected `required` behind the LoginModule");
}

BOOST_AUTO_TEST_CASE(never_tells_what_may_be_a_password) {
    const std::string texts[] = {
        "s3cret",
        plain + " s3cret",
        plain + " required username=u password=\"s3cret",
        plain + " required username=u password=\"s3cret\n\";",
        plain + " required username=u password=x s3cret",
        plain + " required username=u password=x s3cret=y;",
        plain + " required username=u password=\"x\"s3cret\";",
        plain + " required username=u password=\"s3cret\"",
        plain + " required username=u password=s3cret; " + plain + " required;",
        plain + " required username=u password= s3cret s3cret;",
        plain + " required username=u password==s3cret;",
        plain + " required \"s3cret\"=u password=p;",
        "",
        plain,
        plain + " required",
        plain + " required;",
        plain + " required ; ; ;",
        plain + " required username=\"\\",
        "/* " + plain,
    };
    for (const auto& text : texts) {
        const auto found = read(text);
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(found.starts_with("wrong: "));
            BOOST_TEST(!found.contains("s3cret"));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
