#include "proxy/config/config.hpp"

#include "proxy/config/settings.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>

BOOST_AUTO_TEST_SUITE(proxy_config)

using namespace bkes::proxy;

namespace {

/// A properties file that goes away with the test.
class properties_file {
  public:
    explicit properties_file(std::string_view text)
        : path_{std::filesystem::temp_directory_path() /
                ("bkes-config-" + std::to_string(::getpid()) + ".properties")} {
        std::ofstream{path_} << text;
    }

    properties_file(const properties_file&) = delete;
    properties_file& operator=(const properties_file&) = delete;

    ~properties_file() { std::filesystem::remove(path_); }

    [[nodiscard]] std::string path() const { return path_.string(); }

  private:
    std::filesystem::path path_;
};

assignment flag(std::string_view key, std::string_view value) {
    return {std::string{key}, std::string{value}, "flag " + flag_name(key)};
}

loaded_config from_flags(std::vector<assignment> flags) {
    return load_config({.file = {}, .environment = {}, .flags = std::move(flags)});
}

loaded_config from_environment(std::vector<std::string> environment) {
    return load_config({.file = {}, .environment = std::move(environment), .flags = {}});
}

std::string message_of(const config_sources& sources) {
    try {
        load_config(sources);
    } catch (const config_error& e) {
        return e.what();
    }
    return "no error";
}

std::string message_of_flags(std::vector<assignment> flags) {
    return message_of({.file = {}, .environment = {}, .flags = std::move(flags)});
}

std::string message_of(assignment wrong) {
    return message_of({.file = {}, .environment = {}, .flags = {std::move(wrong)}});
}

/// For each setting a value that isn't its default, and one that is refused.
struct sample {
    std::string_view key;
    std::string_view good;
    std::string_view bad;
    std::string_view listeners = {};  ///< the setting that it belongs to
};

constexpr std::string_view two_listeners = "PLAINTEXT://localhost:1900,SASL_PLAINTEXT://[::1]:1950";

constexpr std::string_view tls_listener = "SSL://localhost:1900";

constexpr sample samples[] = {
    {"bootstrap.servers", "k1:9092,[::1]:9093", "k1"},
    {"listener", "localhost:19192", "localhost"},
    {"advertised.listener", "bkes.example:9192", "bkes.example:0"},
    {"listeners", two_listeners, "PLAINTEXT:localhost:1900"},
    {"advertised.listeners", "PLAINTEXT://bkes.example:1900", "PLAINTEXT://bkes.example:0",
     two_listeners},
    {"listener.security.protocol.map", "INSIDE:PLAINTEXT,PLAINTEXT:SASL_PLAINTEXT", "INSIDE:CLEAR",
     "PLAINTEXT://localhost:1900,INSIDE://localhost:2100"},
    {"broker.port.base", "20000", "0"},
    {"broker.port.count", "7", "none"},
    {"broker.host", "b-$(id).bkes.example", "bkes.example", tls_listener},
    {"ssl.certificate.location", "/etc/bkes/tls.pem", "", tls_listener},
    {"ssl.key.location", "/etc/bkes/tls.key", "", tls_listener},
    {"ssl.key.password", "of the key", "", tls_listener},
    {"ssl.ca.location", "/etc/bkes/ca.pem", "", tls_listener},
    {"ssl.client.auth", "none", "want", tls_listener},
    {"admin.listener", "[::1]:9100", "9100"},  // empty is right: off
    {"http.read", "true", "yes"},
    {"http.hosts", "bkes.example,other", "bkes:9190"},
    {"http.connections.max", "5", "0"},
    {"node.id", "99", "2147483648"},
    {"topics", "orders,customers", "a b"},
    {"authorize", "keys", "group"},
    {"authorize.cache.ms", "0", "-1"},
    {"order.header", "version", ""},
    {"order.required", "true", "yes"},
    {"misplaced", "refuse", "yes"},
    {"role", "router", "boss"},
    {"group.id", "owners", ""},  // empty is right: nobody shares
    {"session.timeout.ms", "10000", "1"},
    {"partitioner", "crc32", "random"},
    {"event.id.header", "ce_id", ""},  // empty is right: off
    {"hold.ms", "0", "-1"},
    {"lease.ms", "500", "1s"},
    {"data.dir", "/var/lib/bkes", " "},
    {"restore.from", "/backups/bkes", ""},  // empty is right: nothing
    {"frame.bytes.max", "2048", "1"},
    {"batch.bytes.max", "4096", "16MiB"},
    {"connections.max", "5", "0"},
    {"connections.max.per.ip", "20", "0"},
    {"connections.max.idle.ms", "60000", "never"},
    {"connect.timeout.ms", "100", "0"},
    {"drain.ms", "5000", "-1"},
    {"threads", "3", "0"},
    {"busy.poll.us", "0", "-1"},
    {"store.memory.bytes", "16777216", "1"},
    {"instance.id", "bkes-1", "bkes 1"},
    {"log.level", "debug", "loud"},
    {"log.format", "json", "xml"},
    {"kafka.security.protocol", "SSL", "TLS"},
    {"kafka.ssl.ca.location", "/etc/kafka/ca.pem", ""},
    {"kafka.ssl.certificate.location", "/etc/kafka/bkes.pem", ""},
    {"kafka.ssl.key.location", "/etc/kafka/bkes.key", ""},
    {"kafka.ssl.key.password", "of the key", ""},
    {"kafka.ssl.endpoint.identification.algorithm", "none", "ldaps"},
    {"kafka.sasl.mechanism", "SCRAM-SHA-512", "GSSAPI"},
    {"kafka.sasl.username", "bkes", ""},
    {"kafka.sasl.password", "of bkes", ""},
    {"kafka.sasl.oauthbearer.method", "oidc", "default"},
    {"kafka.sasl.oauthbearer.token.endpoint.url", "https://id/token", ""},
    {"kafka.sasl.oauthbearer.client.id", "bkes", ""},
    {"kafka.sasl.oauthbearer.client.secret", "of bkes", ""},
    {"kafka.sasl.oauthbearer.scope", "a b", ""},
    {"kafka.sasl.oauthbearer.extensions", "a=b", ""},
    {"kafka.https.ca.location", "/ca.pem", ""},
};

}  // namespace

BOOST_AUTO_TEST_CASE(defaults_are_those_of_the_contract) {
    const auto c = from_flags({}).value;
    BOOST_TEST(c.bootstrap_servers.empty());
    BOOST_TEST(c.listeners.size() == 1U);
    BOOST_TEST((c.listeners[0].address == host_port{"127.0.0.1", 9192}));
    BOOST_TEST((c.listeners[0].advertised == c.listeners[0].address));
    BOOST_TEST(!uses_tls(c.listeners[0].protocol));
    BOOST_TEST(*c.listeners[0].options.broker_port_base == 9193);
    BOOST_TEST(*c.listeners[0].options.broker_port_count == 100);
    BOOST_TEST(c.node_id.value() == 1'000'000'000);
    BOOST_TEST(c.topics == std::vector<std::string>{"bkes"}, boost::test_tools::per_element());
    BOOST_TEST((c.authorize == authorization::topic));
    BOOST_TEST(c.authorize_cache_ms == 10'000);
    BOOST_TEST(c.order_header == "order");
    BOOST_TEST((c.without_order == missing_order::accepted));
    BOOST_TEST(c.event_id_header.empty());
    BOOST_TEST((c.partitioner == bkes::sync::partitioner::murmur2));
    BOOST_TEST(c.lease_ms == 1000);
    BOOST_TEST(c.connections_max_per_ip == 2147483647);
    BOOST_TEST(c.connections_max_idle_ms == 600000);
    BOOST_TEST(c.connect_timeout_ms == 5000);
    BOOST_TEST(c.frame_bytes_max == 104857600);
    BOOST_TEST(c.batch_bytes_max == 16777216);
    BOOST_TEST(c.store_memory_bytes == 134217728);
    BOOST_TEST(!c.instance_id.empty());
    BOOST_TEST((c.kafka.protocol == bkes::sync::security_protocol::plaintext));
    BOOST_TEST((c.kafka.check == bkes::sync::host_check::https));
}

BOOST_AUTO_TEST_CASE(topics_may_be_empty) {
    BOOST_TEST(from_flags({flag("topics", "")}).value.topics.empty());
    BOOST_TEST(from_flags({flag("topics", " ")}).value.topics.empty());
    BOOST_TEST(from_environment({"BKES_TOPICS="}).value.topics.empty());
    const auto printed = print_config(from_flags({flag("topics", "")}));
    BOOST_TEST(printed.contains("\ntopics=\n"));
    BOOST_TEST(message_of(flag("topics", ",")).contains("is no value for topics"));
    BOOST_TEST(message_of(flag("topics", "a,,b")).contains("is no value for topics"));
}

BOOST_AUTO_TEST_CASE(derived_defaults_follow_the_listener) {
    const auto one = from_flags({flag("listener", "localhost:7000")}).value.listeners[0];
    BOOST_TEST((one.advertised == host_port{"localhost", 7000}));
    BOOST_TEST(*one.options.broker_port_base == 7001);
    const auto any = from_flags({flag("listener", "localhost:0")}).value.listeners[0];
    BOOST_TEST(*any.options.broker_port_base == 0);
}

BOOST_AUTO_TEST_CASE(every_setting_has_a_sample) {
    BOOST_TEST(std::size(samples) == all_settings().size());
    for (const auto& sample : samples) {
        BOOST_TEST_CONTEXT(sample.key) {
            BOOST_TEST(find_setting(sample.key).has_value());
        }
    }
}

BOOST_AUTO_TEST_CASE(every_setting_comes_from_every_source) {
    for (const auto& [key, good, bad, listeners] : samples) {
        BOOST_TEST_CONTEXT(key) {
            const auto row = *find_setting(key);
            std::vector<assignment> with;
            if (!listeners.empty()) {
                with.push_back(flag("listeners", listeners));
            }
            if (key == "role") {
                with.push_back(flag("group.id", "g"));
            }
            for (const auto* needed : {"ssl.certificate.location", "ssl.key.location"}) {
                if (listeners == tls_listener && key != needed) {
                    with.push_back(flag(needed, "/file"));
                }
            }
            const properties_file file{std::string{key} + "=" + std::string{good}};
            const auto in_file =
                load_config({.file = file.path(), .environment = {}, .flags = with});
            BOOST_TEST(row.print(in_file.value) == good);
            BOOST_TEST(in_file.origins.find(key)->second == file.path() + ":1");

            const auto variable = environment_name(key);
            const auto in_environment = load_config(
                {.file = {}, .environment = {variable + "=" + std::string{good}}, .flags = with});
            BOOST_TEST(row.print(in_environment.value) == good);
            BOOST_TEST(in_environment.origins.find(key)->second ==
                       "environment variable " + variable);

            with.push_back(flag(key, good));
            const auto in_flags = from_flags(with);
            BOOST_TEST(row.print(in_flags.value) == good);
            BOOST_TEST(row.print(from_flags({}).value) != good);
        }
    }
}

BOOST_AUTO_TEST_CASE(bad_values_name_setting_source_and_what_is_right) {
    for (const auto& [key, good, bad, listeners] : samples) {
        if (key == "event.id.header" || key == "restore.from" || key == "group.id") {
            continue;
        }
        BOOST_TEST_CONTEXT(key) {
            const auto expects = find_setting(key)->expects;
            const auto message = message_of(flag(key, bad));
            BOOST_TEST(message.contains("flag " + flag_name(key)));
            BOOST_TEST(message.contains(key));
            BOOST_TEST(message.contains("expected " + expects));

            const properties_file file{"\n" + std::string{key} + "=" + std::string{bad}};
            BOOST_TEST(message_of({.file = file.path(), .environment = {}, .flags = {}})
                           .starts_with(file.path() + ":2: "));
            const auto variable = environment_name(key);
            BOOST_TEST(
                message_of(
                    {.file = {}, .environment = {variable + "=" + std::string{bad}}, .flags = {}})
                    .starts_with("environment variable " + variable));
        }
    }
}

BOOST_AUTO_TEST_CASE(whoever_shares_has_topics_and_a_listener_for_the_others) {
    BOOST_TEST(
        message_of(
            {.file = {}, .environment = {}, .flags = {flag("group.id", "g"), flag("topics", "")}})
            .contains("topics= "));
    BOOST_TEST(
        message_of({.file = {},
                    .environment = {},
                    .flags = {flag("group.id", "g"), flag("listeners", "IN://127.0.0.1:9192"),
                              flag("listener.security.protocol.map", "IN:SASL_PLAINTEXT")}})
            .contains("IN speaks SASL_PLAINTEXT"));
}

BOOST_AUTO_TEST_CASE(a_store_of_another_instance_is_one_of_the_group) {
    const auto from_a_peer = flag("restore.from", "peer");
    BOOST_TEST(message_of(from_a_peer)
                   .contains("restore.from=peer (flag --restore-from) needs group.id, by which it "
                             "finds the other instances"));
    BOOST_TEST(from_flags({from_a_peer, flag("group.id", "g")}).value.restore_from == "peer");
}

BOOST_AUTO_TEST_CASE(a_router_has_a_group_and_any_listener) {
    const auto router = flag("role", "router");
    BOOST_TEST(message_of(router).contains("role=router (flag --role) needs group.id"));
    const auto plain_beside_tls =
        from_flags({router, flag("group.id", "g"), flag("kafka.security.protocol", "SSL")});
    BOOST_TEST((plain_beside_tls.value.role == instance_role::router));
}

BOOST_AUTO_TEST_CASE(later_sources_win) {
    const properties_file file{"hold.ms=1\nlease.ms=11\norder.header=one\norder.header=two"};
    config_sources sources{
        .file = file.path(),
        .environment = {"BKES_HOLD_MS=2", "BKES_LEASE_MS=12", "PATH=/bin"},
        .flags = {flag("hold.ms", "3")},
    };
    const auto c = load_config(sources).value;
    BOOST_TEST(c.hold_ms == 3);
    BOOST_TEST(c.lease_ms == 12);
    BOOST_TEST(c.order_header == "two");
}

BOOST_AUTO_TEST_CASE(unknown_settings_are_refused_with_a_hint) {
    BOOST_TEST(message_of(flag("bootstrap.server", "k:1")) ==
               "flag --bootstrap-server: there is no such setting; did you mean "
               "--bootstrap-servers?");
    BOOST_TEST(message_of({.file = {}, .environment = {"BKES_TOPIC=a"}, .flags = {}}) ==
               "environment variable BKES_TOPIC: there is no such setting; did you mean "
               "BKES_TOPICS?");
    const properties_file file{"listners=h:1\nzzzzzzzz=1"};
    const auto message = message_of({.file = file.path(), .environment = {}, .flags = {}});
    BOOST_TEST(message == file.path() +
                              ":1: there is no setting listners; did you mean listeners?\n" +
                              file.path() +
                              ":2: there is no setting zzzzzzzz; bkes serve --help lists all "
                              "settings");
}

BOOST_AUTO_TEST_CASE(variables_of_scripts_are_no_settings) {
    BOOST_CHECK_NO_THROW(from_environment(
        {"BKES_CONFIG=x", "BKES_TEST_KAFKA=y", "BKES_SKIP_PACKAGES=1", "bkes_x=1"}));
}

BOOST_AUTO_TEST_CASE(kafka_settings_come_by_librdkafkas_names) {
    const properties_file file{
        "kafka.sasl.mechanisms=plain\nkafka.sasl.username=u\n"
        "kafka.sasl.password= p \nkafka.ssl.ca.location=/a b"};
    config_sources sources{.file = file.path(),
                           .environment = {"BKES_KAFKA_SECURITY_PROTOCOL=sasl_ssl"},
                           .flags = {flag("kafka.sasl.mechanism", "SCRAM-SHA-256")}};
    const auto c = load_config(sources).value.kafka;
    BOOST_TEST((c.protocol == bkes::sync::security_protocol::sasl_ssl));
    BOOST_TEST((c.mechanism == bkes::sync::sasl_mechanism::scram_sha_256));
    BOOST_TEST(c.password == "p ");  // a properties file eats what stands before a value
    BOOST_TEST(c.tls.ca_location == "/a b");
}

BOOST_AUTO_TEST_CASE(kafka_settings_that_one_client_alone_would_honour_are_refused) {
    const auto message = message_of(flag("kafka.socket.timeout.ms", "1"));
    BOOST_TEST(
        message.starts_with("flag --kafka-socket-timeout-ms: kafka.socket.timeout.ms is not "
                            "honoured by all of bkes' connections"));
    BOOST_TEST(message.contains("kafka.security.protocol, kafka.ssl.ca.location"));
    BOOST_TEST(message_of({.file = {}, .environment = {"BKES_KAFKA_LINGER_MS=1"}, .flags = {}})
                   .contains("kafka.linger.ms is not honoured"));
    BOOST_TEST(message_of(flag("kafka.bootstrap.servers", "k:1")).contains("is not honoured"));
}

BOOST_AUTO_TEST_CASE(a_login_needs_to_know_who_and_how) {
    const auto message = message_of(flag("kafka.security.protocol", "SASL_PLAINTEXT"));
    for (const auto* key : {"kafka.sasl.mechanism", "kafka.sasl.username", "kafka.sasl.password"}) {
        BOOST_TEST(message.contains(std::string{"kafka.security.protocol=SASL_PLAINTEXT (flag "
                                                "--kafka-security-protocol) needs "} +
                                    key));
    }
}

BOOST_AUTO_TEST_CASE(a_login_by_token_needs_an_endpoint_and_a_client) {
    const auto message = message_of({.file = {},
                                     .environment = {},
                                     .flags = {flag("kafka.security.protocol", "SASL_SSL"),
                                               flag("kafka.sasl.mechanism", "OAUTHBEARER")}});
    for (const auto* key : {"method", "token.endpoint.url", "client.id", "client.secret"}) {
        BOOST_TEST(message.contains(std::string{"needs kafka.sasl.oauthbearer."} + key));
    }
    BOOST_TEST(!message.contains("kafka.sasl.username"));
}

BOOST_AUTO_TEST_CASE(unreadable_file_is_named) {
    BOOST_TEST(message_of({.file = "/nonexistent/bkes.properties", .environment = {}, .flags = {}})
                   .contains("/nonexistent/bkes.properties"));
}

BOOST_AUTO_TEST_CASE(contradictions_are_named) {
    const auto message = message_of_flags;
    BOOST_TEST(message({flag("listener", "0.0.0.0:9192")}).contains("set advertised.listener"));
    BOOST_TEST(message({flag("listener", "[::]:9192")}).contains("flag --listener"));
    BOOST_TEST(message({flag("listener", "0.0.0.0:9192"), flag("advertised.listener", "h:9192")}) ==
               "no error");
    BOOST_TEST(message({flag("advertised.listener", "0.0.0.0:9192")})
                   .starts_with("advertised.listener=0.0.0.0:9192 (flag --advertised-listener)"));
    BOOST_TEST(
        message({flag("bootstrap.servers", "k:1,127.0.0.1:9192")}).contains("bkes' own listener"));
    BOOST_TEST(message({flag("broker.port.base", "9190")}).contains("one of the broker ports"));
    BOOST_TEST(message({flag("broker.port.base", "9192")}).contains("one of the broker ports"));
    BOOST_TEST(message({flag("broker.port.base", "9193")}) == "no error");
    BOOST_TEST(message({flag("broker.port.base", "9092"), flag("broker.port.count", "100")}) ==
               "no error");
    BOOST_TEST(message({flag("broker.port.base", "9092"), flag("broker.port.count", "101")})
                   .contains("one of the broker ports"));
    BOOST_TEST(message({flag("broker.port.base", "65500")}).contains("only 65535"));
    BOOST_TEST(message({flag("topics", "a,b,a")}).contains("twice"));
    BOOST_TEST(message({flag("topics", "a,a.key.b")}).contains("name space of a's key topics"));
    BOOST_TEST(message({flag("topics", "__consumer_offsets")}).contains("can't be guarded"));
    BOOST_TEST(message({flag("event.id.header", "order")}).contains("can't hold both"));
}

BOOST_AUTO_TEST_CASE(serving_needs_brokers) {
    BOOST_CHECK_THROW(check_brokers_are_named(from_flags({}).value), config_error);
    BOOST_CHECK_NO_THROW(
        check_brokers_are_named(from_flags({flag("bootstrap.servers", "k:1")}).value));
}

BOOST_AUTO_TEST_CASE(printed_config_masks_secrets) {
    const auto printed = print_config(from_flags({
        flag("kafka.sasl.username", "alice"),
        flag("kafka.sasl.password", "s3cret-1"),
        flag("kafka.ssl.key.password", "s3cret-2"),
        flag("kafka.sasl.oauthbearer.client.secret", "s3cret-3"),
    }));
    BOOST_TEST(!printed.contains("s3cret"));
    BOOST_TEST(printed.contains("kafka.sasl.password=[hidden]\n"));
    BOOST_TEST(printed.contains("kafka.sasl.username=alice\n"));
}

BOOST_AUTO_TEST_CASE(printed_config_is_read_back_the_same) {
    std::vector<assignment> flags;
    for (const auto& sample : samples) {
        // There are two forms of listeners: see listeners.cpp. And a group wants one that speaks TLS
        // where kafka.security.protocol does.
        if (!sample.key.contains("listener") && sample.listeners.empty() &&
            sample.key != "group.id" && sample.key != "role") {
            flags.push_back(flag(sample.key, sample.good));
        }
    }
    flags.push_back(flag("order.header", " my\\order "));
    const auto loaded = from_flags(flags);
    const auto printed = print_config(loaded);
    BOOST_TEST(printed.contains("# flag --hold-ms\nhold.ms=0\n"));

    const properties_file file{printed};
    const auto again = load_config({.file = file.path(), .environment = {}, .flags = {}});
    for (const auto& row : all_settings()) {
        BOOST_TEST_CONTEXT(row.key) {
            const auto value = row.print(loaded.value);
            BOOST_TEST(row.print(again.value) ==
                       (is_secret(row.key) && !value.empty() ? "[hidden]" : value));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
