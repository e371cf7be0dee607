#include "proxy/addresses/broker_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace bkes;
using namespace bkes::proxy;

constexpr std::size_t inside = 0;
constexpr std::size_t outside = 1;

struct fixture {
    std::filesystem::path folder = std::filesystem::temp_directory_path() /
                                   ("bkes-broker-directory-" + std::to_string(::getpid()));
    std::set<std::uint16_t> refused;
    std::vector<std::uint16_t> bound;
    std::size_t tried = 0;
    std::uint16_t base = 9193;
    std::chrono::milliseconds try_again_after{std::chrono::hours{1}};

    fixture() { std::filesystem::create_directories(folder); }

    ~fixture() { std::filesystem::remove_all(folder); }

    std::vector<broker_directory::listener> others;

    broker_directory make() {
        broker_directory::options options{.listeners = {{.name = "INSIDE",
                                                         .advertised = {"proxy", 9192},
                                                         .port_base = base,
                                                         .port_count = 5}},
                                          .bkes_node = node_id{1'000'000'000},
                                          .file = file(),
                                          .try_again_after = try_again_after};
        options.listeners.insert(options.listeners.end(), others.begin(), others.end());
        return {std::move(options),
                [this](std::size_t, node_id, std::uint16_t port) { return bind(port); }};
    }

    void add_outside() {
        others.push_back({.name = "OUTSIDE",
                          .advertised = {"bkes.example", 9292},
                          .port_base = 9293,
                          .port_count = 3});
    }

    result<std::uint16_t> bind(std::uint16_t port) {
        ++tried;
        if (refused.contains(port)) {
            return failure{std::make_error_code(std::errc::address_in_use)};
        }
        bound.push_back(port);
        return port;
    }

    [[nodiscard]] std::string file() const { return folder / "broker-ports"; }

    void remember(std::string_view lines) const { std::ofstream{file()} << lines; }

    [[nodiscard]] std::string remembered() const {
        std::ifstream in{file()};
        return {std::istreambuf_iterator<char>{in}, {}};
    }

    void refuse_all() { refused = {9193, 9194, 9195, 9196, 9197}; }
};

BOOST_FIXTURE_TEST_SUITE(proxy_broker_directory, fixture)

BOOST_AUTO_TEST_CASE(broker_n_is_reached_on_base_plus_n) {
    auto brokers = make();
    BOOST_TEST((brokers.advertised(inside, node_id{0}) == host_port{"proxy", 9193}));
    BOOST_TEST((brokers.advertised(inside, node_id{3}) == host_port{"proxy", 9196}));
    BOOST_TEST((brokers.advertised(inside, node_id{3}) == host_port{"proxy", 9196}));
    BOOST_TEST(bound.size() == 2U);
}

BOOST_AUTO_TEST_CASE(other_ids_keep_their_port_over_a_restart) {
    host_port before;
    {
        auto brokers = make();
        before = brokers.advertised(inside, node_id{4711});
    }
    bound.clear();
    auto brokers = make();
    brokers.restore();
    BOOST_TEST((bound == std::vector{before.port}));
    BOOST_TEST((brokers.advertised(inside, node_id{4711}) == before));
    const bool is_other = brokers.advertised(inside, node_id{4712}) != before;
    BOOST_TEST(is_other);
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_passed_over) {
    refused = {9194};
    auto brokers = make();
    const auto port = brokers.advertised(inside, node_id{1}).port;
    BOOST_TEST(port != 9194);
    BOOST_TEST((port >= 9193 && port < 9198));
}

BOOST_AUTO_TEST_CASE(an_answer_never_fails_for_want_of_a_port) {
    auto brokers = make();
    for (int number = 0; number < 5; ++number) {
        brokers.advertised(inside, node_id{100 + number});
    }
    BOOST_TEST((brokers.advertised(inside, node_id{999}) == host_port{"proxy", 9192}));
}

BOOST_AUTO_TEST_CASE(a_broker_without_a_port_gets_one_when_there_is_one) {
    refuse_all();
    try_again_after = std::chrono::milliseconds{0};
    auto brokers = make();
    BOOST_TEST((brokers.advertised(inside, node_id{2}) == host_port{"proxy", 9192}));
    refused.clear();
    BOOST_TEST((brokers.advertised(inside, node_id{2}) == host_port{"proxy", 9195}));
    BOOST_TEST(bound.size() == 1U);
}

BOOST_AUTO_TEST_CASE(ports_are_not_tried_at_each_answer) {
    refuse_all();
    auto brokers = make();
    brokers.advertised(inside, node_id{2});
    const auto tried_at_first = tried;
    refused.clear();
    BOOST_TEST((brokers.advertised(inside, node_id{2}) == host_port{"proxy", 9192}));
    BOOST_TEST(tried == tried_at_first);
}

BOOST_AUTO_TEST_CASE(what_is_out_of_the_range_is_forgotten) {
    {
        auto brokers = make();
        BOOST_TEST(brokers.advertised(inside, node_id{4711}).port == 9197);
    }
    base = 9300;
    bound.clear();
    auto brokers = make();
    brokers.restore();
    BOOST_TEST(bound.empty());
    BOOST_TEST(brokers.advertised(inside, node_id{4711}).port == 9304);
    BOOST_TEST(remembered() == "INSIDE 4711 9304\n");
}

BOOST_AUTO_TEST_CASE(the_rule_goes_before_what_is_remembered) {
    // 2 and 3 once had to make do with other ports; 4711 has the one of 3.
    remember("INSIDE 2 9197\nINSIDE 3 9400\nINSIDE 4711 9196\nINSIDE 4712 9193\n");
    auto brokers = make();
    brokers.restore();
    BOOST_TEST(brokers.advertised(inside, node_id{2}).port == 9195);
    BOOST_TEST(brokers.advertised(inside, node_id{3}).port == 9196);
    BOOST_TEST(brokers.advertised(inside, node_id{4712}).port == 9193);
    BOOST_TEST(brokers.advertised(inside, node_id{4711}).port == 9197);
}

BOOST_AUTO_TEST_CASE(a_port_outside_the_rule_is_kept_while_the_rule_s_is_taken) {
    refused = {9195};
    remember("INSIDE 2 9197\n");
    auto brokers = make();
    brokers.restore();
    BOOST_TEST((bound == std::vector<std::uint16_t>{9197}));
    BOOST_TEST(brokers.advertised(inside, node_id{2}).port == 9197);
}

BOOST_AUTO_TEST_CASE(remembers_what_the_rule_does_not_say) {
    auto brokers = make();
    brokers.advertised(inside, node_id{0});
    brokers.advertised(inside, node_id{4711});
    brokers.advertised(inside, node_id{4712});
    BOOST_TEST(remembered() == "INSIDE 4711 9197\nINSIDE 4712 9196\n");
    BOOST_TEST(!std::filesystem::exists(file() + ".new"));
}

BOOST_AUTO_TEST_CASE(takes_any_free_ports_without_a_base) {
    base = 0;
    auto brokers = make();
    brokers.advertised(inside, node_id{7});
    BOOST_TEST((bound == std::vector<std::uint16_t>{0}));
    BOOST_TEST(remembered().empty());
}

BOOST_AUTO_TEST_CASE(the_bkes_node_is_at_the_bootstrap_address) {
    auto brokers = make();
    BOOST_TEST((brokers.advertised(inside, node_id{1'000'000'000}) == host_port{"proxy", 9192}));
    BOOST_TEST(bound.empty());
}

BOOST_AUTO_TEST_CASE(learns_where_brokers_are_and_move_to) {
    auto brokers = make();
    BOOST_TEST(!brokers.real(node_id{1}).has_value());
    brokers.learn(node_id{1}, {"kafka-1", 9092});
    brokers.learn(node_id{1}, {"kafka-1b", 9092});
    BOOST_TEST((brokers.real(node_id{1}) == host_port{"kafka-1b", 9092}));
    brokers.learn(node_id{-1}, {"nobody", 1});
    BOOST_TEST(brokers.all_real().size() == 1U);
}

BOOST_AUTO_TEST_CASE(clients_are_told_addresses_of_their_own_listener) {
    add_outside();
    auto brokers = make();
    BOOST_TEST((brokers.advertised(inside, node_id{1}) == host_port{"proxy", 9194}));
    BOOST_TEST((brokers.advertised(outside, node_id{1}) == host_port{"bkes.example", 9294}));
    BOOST_TEST(
        (brokers.advertised(outside, node_id{1'000'000'000}) == host_port{"bkes.example", 9292}));

    const listener_brokers seen{brokers, outside};
    BOOST_TEST((seen.advertised(node_id{1}) == host_port{"bkes.example", 9294}));
    seen.learn(node_id{1}, {"kafka-1", 9092});
    BOOST_TEST((brokers.real(node_id{1}) == host_port{"kafka-1", 9092}));
}

BOOST_AUTO_TEST_CASE(a_broker_that_is_met_has_a_port_on_every_listener) {
    add_outside();
    auto brokers = make();
    brokers.learn(node_id{2}, {"kafka-2", 9092});
    BOOST_TEST((bound == std::vector<std::uint16_t>{9195, 9295}));
    brokers.learn(node_id{2}, {"kafka-2b", 9092});
    BOOST_TEST(bound.size() == 2U);
}

BOOST_AUTO_TEST_CASE(each_listener_remembers_its_own_ports) {
    add_outside();
    {
        auto brokers = make();
        brokers.learn(node_id{4}, {"kafka-4", 9092});  // the range of OUTSIDE ends before it
        brokers.learn(node_id{4711}, {"kafka-4711", 9092});
        BOOST_TEST(remembered() == "INSIDE 4711 9196\nOUTSIDE 4 9295\nOUTSIDE 4711 9294\n");
    }
    bound.clear();
    auto brokers = make();
    brokers.restore();
    BOOST_TEST((bound == std::vector<std::uint16_t>{9196, 9295, 9294}));
    BOOST_TEST(brokers.advertised(outside, node_id{4}).port == 9295);
}

BOOST_AUTO_TEST_CASE(ports_of_a_listener_that_is_gone_are_left_alone) {
    remember("GONE 4711 9196\nINSIDE 4712 9195\n");
    auto brokers = make();
    brokers.restore();
    BOOST_TEST((bound == std::vector<std::uint16_t>{9195}));
}

BOOST_AUTO_TEST_CASE(a_file_from_before_there_were_several_listeners_is_read) {
    remember("4711 9294\n4712 9196\n4713 9999\n");
    add_outside();
    auto brokers = make();
    brokers.restore();
    BOOST_TEST((bound == std::vector<std::uint16_t>{9196, 9294}));
    BOOST_TEST(brokers.advertised(outside, node_id{4711}).port == 9294);
    BOOST_TEST(brokers.advertised(inside, node_id{4712}).port == 9196);
}

BOOST_AUTO_TEST_CASE(brokers_with_names_need_no_ports) {
    others.push_back({.name = "NAMES",
                      .advertised = {"bkes.example", 9443},
                      .broker_host = "broker-$(id).bkes.example"});
    std::ofstream{file()} << "NAMES 3 9444\n";
    auto directory = make();
    directory.restore();
    directory.learn(node_id{3}, {"real", 9092});
    BOOST_TEST(bound.size() == 1U);  // that of INSIDE
    BOOST_TEST(
        (directory.advertised(outside, node_id{3}) == host_port{"broker-3.bkes.example", 9443}));
    BOOST_TEST(
        (directory.advertised(outside, node_id{1'000'000'000}) == host_port{"bkes.example", 9443}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
