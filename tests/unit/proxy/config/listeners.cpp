#include "proxy/config/listener_settings.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

BOOST_AUTO_TEST_SUITE(proxy_config_listeners)

using namespace bkes::proxy;

namespace {

using flags = std::vector<assignment>;

assignment flag(std::string_view key, std::string_view value) {
    return {std::string{key}, std::string{value}, "flag " + flag_name(key)};
}

constexpr std::string_view two = "INSIDE://127.0.0.1:9192,OUTSIDE://0.0.0.0:9292";
constexpr std::string_view protocols = "INSIDE:PLAINTEXT,OUTSIDE:SASL_PLAINTEXT";
constexpr std::string_view told = "OUTSIDE://bkes.example:9292";

/// Two listeners as in the contract, and what is given besides; a key given again is overwritten.
flags with_two(flags more = {}) {
    flags all{flag("listeners", two), flag("listener.security.protocol.map", protocols),
              flag("advertised.listeners", told)};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

loaded_config load(flags given, std::vector<std::string> environment = {}) {
    return load_config(
        {.file = {}, .environment = std::move(environment), .flags = std::move(given)});
}

std::string message_of(flags given, std::vector<std::string> environment = {}) {
    try {
        load(std::move(given), std::move(environment));
    } catch (const config_error& e) {
        return e.what();
    }
    return "no error";
}

std::string ports_of(const listener_config& one) {
    return one.options.broker_host ? "none"
                                   : fmt::format("{}+{}", *one.options.broker_port_base,
                                                 *one.options.broker_port_count);
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_has_its_name_address_and_ports) {
    const auto all = load(with_two()).value.listeners;
    BOOST_REQUIRE(all.size() == 2U);
    BOOST_TEST(all[0].name == "INSIDE");
    BOOST_TEST((all[0].address == host_port{"127.0.0.1", 9192}));
    BOOST_TEST((all[0].advertised == all[0].address));
    BOOST_TEST((all[0].protocol == security_protocol::plaintext));
    BOOST_TEST(all[1].name == "OUTSIDE");
    BOOST_TEST((all[1].address == host_port{"0.0.0.0", 9292}));
    BOOST_TEST((all[1].advertised == host_port{"bkes.example", 9292}));
    BOOST_TEST((all[1].protocol == security_protocol::sasl_plaintext));
}

BOOST_AUTO_TEST_CASE(names_are_in_upper_case_as_in_kafka) {
    const auto all = load({flag("listeners", "plaintext://h:1900")}).value.listeners;
    BOOST_TEST(all[0].name == "PLAINTEXT");
}

BOOST_AUTO_TEST_CASE(broker_ports_end_before_the_next_listener) {
    auto all = load(with_two()).value.listeners;
    BOOST_TEST(ports_of(all[0]) == "9193+99");
    BOOST_TEST(ports_of(all[1]) == "9293+100");
    all = load(with_two({flag("listener.name.outside.broker.port.base", "9100")})).value.listeners;
    BOOST_TEST(ports_of(all[0]) == "9193+99");
    BOOST_TEST(ports_of(all[1]) == "9100+92");
}

BOOST_AUTO_TEST_CASE(addresses_of_different_machines_share_no_ports) {
    const auto all =
        load({flag("listeners", "PLAINTEXT://10.0.0.1:9192,SASL_PLAINTEXT://10.0.0.2:9192")})
            .value.listeners;
    BOOST_TEST(ports_of(all[0]) == "9193+100");
    BOOST_TEST(ports_of(all[1]) == "9193+100");
}

BOOST_AUTO_TEST_CASE(one_listener_can_have_a_setting_for_itself) {
    const auto all = load(with_two({flag("broker.port.count", "7"),
                                    flag("listener.name.inside.broker.port.base", "20000"),
                                    flag("listener.name.outside.broker.port.count", "9")}))
                         .value.listeners;
    BOOST_TEST(ports_of(all[0]) == "20000+7");
    BOOST_TEST(ports_of(all[1]) == "9293+9");
}

BOOST_AUTO_TEST_CASE(a_setting_of_one_listener_comes_from_every_source) {
    const auto key = "listener.name.in_side.broker.port.base";
    const flags listeners{flag("listeners", "IN_SIDE://h:1900"),
                          flag("listener.security.protocol.map", "IN_SIDE:PLAINTEXT")};
    const auto loaded =
        load(listeners, {"BKES_LISTENER_NAME_IN_SIDE_BROKER_PORT_BASE=4000", "PATH=/bin"});
    BOOST_TEST(ports_of(loaded.value.listeners[0]) == "4000+100");
    BOOST_TEST(loaded.origins.find(key)->second ==
               "environment variable BKES_LISTENER_NAME_IN_SIDE_BROKER_PORT_BASE");

    auto given = listeners;
    given.push_back(flag(key, "0"));
    BOOST_TEST(message_of(given) ==
               "flag --listener-name-in_side-broker-port-base: \"0\" is no value for "
               "listener.name.in_side.broker.port.base; expected a number from 1 to 65535");
}

BOOST_AUTO_TEST_CASE(what_is_no_setting_of_a_listener_is_refused) {
    for (const auto* key :
         {"listener.name.inside.hold.ms", "listener.name.inside", "listener.name.broker.port.base",
          "listener.name.in.side.broker.port.base", "listener.name..broker.port.base"}) {
        BOOST_TEST_CONTEXT(key) {
            BOOST_TEST(message_of(with_two({flag(key, "5")})).contains("there is no such setting"));
        }
    }
    BOOST_TEST(message_of(with_two(), {"BKES_LISTENER_NAME_INSIDE_HOLD_MS=5"})
                   .contains("there is no such setting"));
    BOOST_TEST(message_of(with_two(), {"BKES_LISTENER_NAME__BROKER_PORT_BASE=5"})
                   .contains("there is no such setting"));
    BOOST_TEST(message_of(with_two({flag("listener.name.INSIDE.broker.port.base", "5000")}))
                   .contains("did you mean --listener-name-inside-broker-port-base?"));
}

BOOST_AUTO_TEST_CASE(both_forms_at_once_are_refused_by_name) {
    const auto message =
        message_of({flag("listener", "h:1"), flag("listeners", "PLAINTEXT://h:1")});
    BOOST_TEST(message ==
               "listener=h:1 (flag --listener) and listeners=PLAINTEXT://h:1 (flag "
               "--listeners): a single listener, or several with names; use one of them");
    BOOST_TEST(
        message_of({flag("advertised.listener", "h:1"), flag("listeners", "PLAINTEXT://h:2")})
            .contains("advertised.listener=h:1 (flag --advertised-listener) and listeners="));
    BOOST_TEST(
        message_of({flag("advertised.listeners", "PLAINTEXT://h:1"), flag("listener", "h:2")})
            .contains("listener=h:2 (flag --listener) and advertised.listeners="));
    BOOST_TEST(message_of({flag("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT")})
                   .contains("it speaks of listeners, which is not set"));
}

BOOST_AUTO_TEST_CASE(contradictions_between_names_are_told) {
    BOOST_TEST(message_of({flag("listeners", "INSIDE://h:1900")})
                   .contains("INSIDE has no protocol in listener.security.protocol.map="));
    BOOST_TEST(message_of({flag("listeners", "PLAINTEXT://h:1900,PLAINTEXT://h:2900")})
                   .contains("PLAINTEXT stands in it twice"));
    BOOST_TEST(message_of(with_two({flag("advertised.listeners", "ELSEWHERE://h:1")}))
                   .contains("ELSEWHERE is none of the listeners"));
    BOOST_TEST(message_of({flag("advertised.listeners", "ELSEWHERE://h:1")})
                   .contains("ELSEWHERE is none of the listeners"));
    BOOST_TEST(message_of(with_two({flag("listener.name.elsewhere.broker.port.base", "5000")})) ==
               "listener.name.elsewhere.broker.port.base (flag "
               "--listener-name-elsewhere-broker-port-base): there is no listener ELSEWHERE, there "
               "is INSIDE, OUTSIDE");
    BOOST_TEST(message_of(with_two({flag("listener.security.protocol.map", "INSIDE:TLS")}))
                   .contains("is no value for listener.security.protocol.map"));
    BOOST_TEST(message_of(with_two({flag("listener.security.protocol.map", "A:SSL,A:SSL")}))
                   .contains("with each name once"));
    BOOST_TEST(message_of({flag("listeners", "IN-SIDE://h:1900")}).contains("is no value"));
}

namespace {

/// A listener in plain text, and one under TLS with what it needs.
flags with_tls(flags more = {}) {
    flags all{flag("listeners", "INSIDE://h:9192,OUTSIDE://h:9292"),
              flag("listener.security.protocol.map", "INSIDE:PLAINTEXT,OUTSIDE:SASL_SSL"),
              flag("listener.name.outside.ssl.certificate.location", "/o.pem"),
              flag("ssl.key.location", "/o.key")};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(tls_has_its_files) {
    const auto all =
        load(with_tls({flag("listener.name.outside.ssl.ca.location", "/ca"),
                       flag("ssl.client.auth", " requested "), flag("ssl.ca.location", "/another"),
                       flag("ssl.key.password", "geheim")}))
            .value.listeners;
    const auto& options = all[1].options;
    BOOST_TEST((options.tls_files() == bkes::sync::tls_files{.ca_location = "/ca",
                                                             .certificate_location = "/o.pem",
                                                             .key_location = "/o.key",
                                                             .key_password = "geheim"}));
    BOOST_TEST((options.ssl_client_auth == client_certificate::requested));
}

BOOST_AUTO_TEST_CASE(tls_without_its_files_is_told) {
    const auto message = message_of(
        {flag("listeners", "SSL://h:1900"), flag("listener.name.ssl.ssl.client.auth", "required")});
    BOOST_TEST(
        message.contains("SSL speaks SSL and needs ssl.certificate.location (or "
                         "listener.name.ssl.ssl.certificate.location)\n"));
    BOOST_TEST(message.contains("SSL speaks SSL and needs ssl.key.location (or "));
    BOOST_TEST(
        message.contains("ssl.ca.location (or listener.name.ssl.ssl.ca.location), as "
                         "listener.name.ssl.ssl.client.auth=required (flag "));
}

BOOST_AUTO_TEST_CASE(files_that_nobody_would_look_at_are_told) {
    BOOST_TEST(message_of({flag("ssl.key.location", "/k")})
                   .starts_with("ssl.key.location=/k (flag --ssl-key-location): no listener speaks "
                                "TLS; name one in listeners"));
    BOOST_TEST(message_of({flag("ssl.key.password", "geheim")})
                   .starts_with("ssl.key.password=[hidden] (flag "));
    BOOST_TEST(
        message_of(with_tls({flag("listener.name.inside.ssl.key.location", "/k")}))
            .starts_with("listener.name.inside.ssl.key.location=/k (flag "
                         "--listener-name-inside-ssl-key-location): INSIDE speaks PLAINTEXT, "
                         "which is no TLS; see listener.security.protocol.map="));
    BOOST_TEST(message_of(with_tls({flag("listener.name.inside.broker.host", "b$(id)")}))
                   .contains("INSIDE speaks PLAINTEXT, which is no TLS"));
}

BOOST_AUTO_TEST_CASE(brokers_have_names_or_ports) {
    auto all = load(with_tls({flag("broker.host", "b$(id).h")})).value.listeners;
    BOOST_TEST(ports_of(all[0]) == "9193+99");
    BOOST_TEST(!all[0].options.broker_host);
    BOOST_TEST(*all[1].options.broker_host == "b$(id).h");
    BOOST_TEST((!all[1].options.broker_port_base && !all[1].options.broker_port_count));

    all = load(with_tls({flag("broker.host", "b$(id).h"),
                         flag("listener.name.outside.broker.port.base", "20000")}))
              .value.listeners;
    BOOST_TEST(!all[1].options.broker_host);
    BOOST_TEST(ports_of(all[1]) == "20000+100");

    all = load(with_tls({flag("listener.name.outside.broker.host", "b$(id).h"),
                         flag("broker.port.base", "20000")}))
              .value.listeners;
    BOOST_TEST(ports_of(all[0]) == "20000+100");
    BOOST_TEST(*all[1].options.broker_host == "b$(id).h");

    BOOST_TEST(message_of(with_tls({flag("listener.name.outside.broker.host", "b$(id).h"),
                                    flag("listener.name.outside.broker.port.count", "3")})) ==
               "listener.name.outside.broker.host=b$(id).h (flag "
               "--listener-name-outside-broker-host) and listener.name.outside.broker.port.count: "
               "brokers have names, or ports");
    BOOST_TEST(
        message_of(with_tls({flag("broker.host", "no-id")})).contains("expected the name of"));
    // Names leave ports alone, but for the listener's own.
    BOOST_TEST(message_of({flag("listeners", "PLAINTEXT://h:9192,SSL://h:9192"),
                           flag("ssl.certificate.location", "/c"), flag("ssl.key.location", "/k"),
                           flag("broker.host", "b$(id).h")})
                   .contains("the ports of PLAINTEXT (9192, and 9193 to 9292 for brokers) meet "
                             "those of SSL (9192); see "));
}

BOOST_AUTO_TEST_CASE(addresses_nobody_can_connect_to_are_told) {
    BOOST_TEST(message_of({flag("listeners", "PLAINTEXT://0.0.0.0:1900")})
                   .contains("clients can't connect to 0.0.0.0:1900 of PLAINTEXT; set "
                             "advertised.listeners to a host:port"));
    BOOST_TEST(message_of({flag("listeners", "PLAINTEXT://0.0.0.0:1900"),
                           flag("advertised.listeners", "PLAINTEXT://[::]:1900")})
                   .starts_with("advertised.listeners="));
    BOOST_TEST(message_of(with_two({flag("bootstrap.servers", "bkes.example:9292")}))
                   .contains("bkes' own listener"));
}

BOOST_AUTO_TEST_CASE(ports_that_two_would_want_are_told) {
    const auto next_to = [](std::string_view second, flags more = {}) {
        flags all{flag("listeners", fmt::format("PLAINTEXT://h:9192,SASL_PLAINTEXT://{}", second))};
        all.insert(all.end(), more.begin(), more.end());
        return message_of(all);
    };
    BOOST_TEST(next_to("h:9192").contains("meet those of SASL_PLAINTEXT (9192"));
    BOOST_TEST(next_to("h:9193").contains("the ports of PLAINTEXT (9192, and 9193"));
    BOOST_TEST(next_to("h:9200") == "no error");
    BOOST_TEST(next_to("h:9200", {flag("listener.name.plaintext.broker.port.count", "8")})
                   .contains("listener.name.plaintext.broker.port.count=8 (flag "));
    BOOST_TEST(next_to("h:9200", {flag("listener.name.plaintext.broker.port.count", "7")}) ==
               "no error");
    BOOST_TEST(next_to("h:9300", {flag("broker.port.base", "5000")})
                   .contains("5000 to 5099 for brokers) meet those of"));
    BOOST_TEST(next_to("h:0") == "no error");
    BOOST_TEST(next_to("h:9300", {flag("listener.name.sasl_plaintext.broker.port.base", "9300")})
                   .contains("the port of SASL_PLAINTEXT is one of the broker ports 9300 to"));
}

BOOST_AUTO_TEST_CASE(printed_listeners_are_read_back_the_same) {
    for (const auto& given :
         {with_two({flag("listener.name.outside.broker.port.count", "9")}),
          with_tls({flag("listener.name.outside.broker.host", "b$(id).h"),
                    flag("ssl.client.auth", "none")}),
          flags{flag("listener", "h:1900"), flag("advertised.listener", "g:1900")}, flags{}}) {
        const auto loaded = load(given);
        const auto printed = print_config(loaded);
        const auto path = std::filesystem::temp_directory_path() /
                          fmt::format("bkes-listeners-{}.properties", ::getpid());
        std::ofstream{path} << printed;
        const auto again =
            load_config({.file = path.string(), .environment = {}, .flags = {}}).value;
        std::filesystem::remove(path);
        BOOST_TEST_CONTEXT(printed) {
            BOOST_REQUIRE(again.listeners.size() == loaded.value.listeners.size());
            for (std::size_t at = 0; at < again.listeners.size(); ++at) {
                const auto& one = again.listeners[at];
                const auto& before = loaded.value.listeners[at];
                BOOST_TEST(one.name == before.name);
                BOOST_TEST((one.address == before.address));
                BOOST_TEST((one.advertised == before.advertised));
                BOOST_TEST((one.protocol == before.protocol));
                BOOST_TEST(ports_of(one) == ports_of(before));
                BOOST_TEST((one.options.broker_host == before.options.broker_host));
                BOOST_TEST((one.options.tls_files() == before.options.tls_files()));
            }
        }
    }
    const auto printed = print_config(load(with_two()));
    BOOST_TEST(printed.contains("# listener is not set\n"));
    BOOST_TEST(printed.contains("\nlistener.name.inside.broker.port.base=9193\n"));
    BOOST_TEST(print_config(load({})).contains("\nlistener=127.0.0.1:9192\n"));
    BOOST_TEST(print_config(load({})).contains("\n# listeners is not set\n"));
}

BOOST_AUTO_TEST_SUITE_END()
