#include "proxy/config/client_file.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <unistd.h>

BOOST_AUTO_TEST_SUITE(proxy_config_client_file)

using namespace bkes::proxy;

namespace {

/// KEY=VALUE a line, as bkes calls them, in no order that matters; or what is wrong.
std::string read(std::string_view text) {
    std::string found;
    try {
        for (const auto& one : read_client_properties(text, "f")) {
            found += one.key + "=" + one.value + " ";
        }
    } catch (const config_error& wrong) {
        return wrong.what();
    }
    return found;
}

class written_file {
  public:
    written_file(std::string_view name, std::string_view text)
        : path_{std::filesystem::temp_directory_path() /
                (std::string{name} + "-" + std::to_string(::getpid()))} {
        std::ofstream{path_} << text;
    }

    written_file(const written_file&) = delete;
    written_file& operator=(const written_file&) = delete;

    ~written_file() { std::filesystem::remove(path_); }

    [[nodiscard]] std::string path() const { return path_.string(); }

  private:
    std::filesystem::path path_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_file_of_kafkas_tools_is_put_into_bkes_words) {
    BOOST_TEST(read("security.protocol=SASL_SSL\n"
                    "sasl.mechanism=SCRAM-SHA-512\n"
                    "sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule "
                    "required \\\n  username=\"alice\" \\\n  password=\"p=1\";\n"
                    "ssl.truststore.type=PEM\n"
                    "ssl.truststore.location=/ca.pem\n") ==
               "kafka.sasl.username=alice kafka.sasl.password=p=1 "
               "kafka.sasl.mechanism=SCRAM-SHA-512 kafka.security.protocol=SASL_SSL "
               "kafka.ssl.ca.location=/ca.pem ");
    BOOST_TEST(read("ssl.keystore.location=/me.pem\nssl.keystore.type=pem\nssl.key.password=k") ==
               "kafka.ssl.key.password=k kafka.ssl.certificate.location=/me.pem "
               "kafka.ssl.key.location=/me.pem ");
    BOOST_TEST(read("ssl.endpoint.identification.algorithm=") ==
               "kafka.ssl.endpoint.identification.algorithm=none ");
    BOOST_TEST(read("ssl.endpoint.identification.algorithm=HTTPS") ==
               "kafka.ssl.endpoint.identification.algorithm=HTTPS ");
    BOOST_TEST(read("bootstrap.servers=b:9192") == "bootstrap.servers=b:9192 ");
}

BOOST_AUTO_TEST_CASE(other_peoples_names_are_understood) {
    BOOST_TEST(read("sasl.username=u\nsasl.mechanisms=PLAIN\nssl.ca.location=/c\n"
                    "kafka.sasl.password=p") ==
               "kafka.sasl.password=p kafka.sasl.mechanisms=PLAIN kafka.sasl.username=u "
               "kafka.ssl.ca.location=/c ");
    BOOST_TEST(read("sasl.username=one\nsasl.username=two") == "kafka.sasl.username=two ");
}

BOOST_AUTO_TEST_CASE(all_that_is_not_understood_is_named) {
    BOOST_TEST(read("acks=all\n\nsecurity.protocol=SSL\nssl.cipher.suites=x") ==
               "f:1: acks isn't understood; leave it out of what --command-config names\n"
               "f:4: ssl.cipher.suites isn't understood; leave it out of what --command-config "
               "names");
    BOOST_TEST(read("hold.ms=1").contains("hold.ms isn't understood"));
}

BOOST_AUTO_TEST_CASE(stores_of_java_are_refused) {
    BOOST_TEST(read("ssl.truststore.location=/t.jks") ==
               "f:1: ssl.truststore.location needs ssl.truststore.type=PEM, as bkes reads PEM "
               "files only");
    BOOST_TEST(read("ssl.keystore.location=/k\nssl.keystore.type=PKCS12") ==
               "f:2: ssl.keystore.type=PKCS12: bkes reads PEM files only");
    const auto wrong = read("ssl.truststore.password=s3cret\nssl.keystore.password=s3cret");
    BOOST_TEST(wrong.contains("f:1: ssl.truststore.password isn't understood; bkes reads PEM"));
    BOOST_TEST(wrong.contains("f:2: ssl.keystore.password isn't understood"));
    BOOST_TEST(!wrong.contains("s3cret"));
}

BOOST_AUTO_TEST_CASE(a_login_that_makes_no_sense_is_told_without_its_password) {
    const std::string plain =
        "sasl.jaas.config=org.apache.kafka.common.security.plain."
        "PlainLoginModule required username=u password=s3cret";
    BOOST_TEST(read(plain) ==
               "f:1: sasl.jaas.config: expected NAME=\"VALUE\" ... and a semicolon at the end");
    BOOST_TEST(read(plain + ";\nsasl.mechanism=SCRAM-SHA-256") ==
               "f:1: sasl.jaas.config: its module isn't that of sasl.mechanism=SCRAM-SHA-256");
    BOOST_TEST(read(plain + ";\nsasl.mechanism=PLAIN").contains("kafka.sasl.username=u"));
}

BOOST_AUTO_TEST_CASE(it_is_a_whole_identity) {
    const written_file own{"bkes-own",
                           "hold.ms=7\nkafka.ssl.certificate.location=/bkes.pem\n"
                           "bootstrap.servers=kafka:9092"};
    const written_file client{"bkes-client",
                              "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n"
                              "sasl.username=alice\nsasl.password=of-alice\n"
                              "bootstrap.servers=bkes:9192"};
    const config_sources sources{
        .file = own.path(),
        .client_file = client.path(),
        .environment = {"BKES_KAFKA_SASL_USERNAME=bkes", "BKES_KAFKA_SASL_PASSWORD=of-bkes"},
        .flags = {{"kafka.sasl.mechanism", "SCRAM-SHA-256", "flag"}}};
    const auto loaded = load_config(sources);
    BOOST_TEST(loaded.value.hold_ms == 7);
    BOOST_TEST(loaded.value.kafka.username == "alice");
    BOOST_TEST(loaded.value.kafka.password == "of-alice");
    BOOST_TEST(loaded.value.kafka.tls.certificate_location.empty());
    BOOST_TEST((loaded.value.kafka.mechanism == bkes::sync::sasl_mechanism::scram_sha_256));
    BOOST_TEST(loaded.value.bootstrap_servers.front().host == "bkes");
    BOOST_TEST(loaded.is_of_client_file("bootstrap.servers"));
    BOOST_TEST(!loaded.is_of_client_file("hold.ms"));
}

BOOST_AUTO_TEST_CASE(a_bad_value_or_file_is_told_with_its_place) {
    const written_file client{"bkes-client", "security.protocol=TLS"};
    const auto message = [](const std::string& path) -> std::string {
        try {
            load_config({.file = {}, .client_file = path, .environment = {}, .flags = {}});
        } catch (const config_error& wrong) {
            return wrong.what();
        }
        return "no error";
    };
    BOOST_TEST(message(client.path()).starts_with(client.path() + ":1: \"TLS\" is no value for "));
    BOOST_TEST(message("/nonexistent/client").contains("/nonexistent/client"));
}

BOOST_AUTO_TEST_SUITE_END()
