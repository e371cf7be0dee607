#include "proxy/broker_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <set>

namespace {

using namespace bkes;
using namespace bkes::proxy;

struct fixture {
    std::filesystem::path folder = std::filesystem::temp_directory_path() /
                                   ("bkes-broker-directory-" + std::to_string(::getpid()));
    std::set<std::uint16_t> refused;
    std::vector<std::uint16_t> bound;

    fixture() { std::filesystem::create_directories(folder); }

    ~fixture() { std::filesystem::remove_all(folder); }

    broker_directory make() {
        return broker_directory{{.advertised_host = "proxy",
                                 .bootstrap_advertised = {"proxy", 9192},
                                 .bkes_node = node_id{1'000'000'000},
                                 .port_base = 9193,
                                 .port_count = 5,
                                 .file = folder / "broker-ports"},
                                [this](node_id, std::uint16_t port) {
                                    if (refused.contains(port)) {
                                        return false;
                                    }
                                    bound.push_back(port);
                                    return true;
                                }};
    }
};

BOOST_FIXTURE_TEST_SUITE(proxy_broker_directory, fixture)

BOOST_AUTO_TEST_CASE(broker_n_is_reached_on_base_plus_n) {
    auto brokers = make();
    BOOST_TEST((brokers.advertised(node_id{0}) == host_port{"proxy", 9193}));
    BOOST_TEST((brokers.advertised(node_id{3}) == host_port{"proxy", 9196}));
    BOOST_TEST((brokers.advertised(node_id{3}) == host_port{"proxy", 9196}));
    BOOST_TEST(bound.size() == 2U);
}

BOOST_AUTO_TEST_CASE(other_ids_keep_their_port_over_a_restart) {
    host_port before;
    {
        auto brokers = make();
        before = brokers.advertised(node_id{4711});
    }
    bound.clear();
    auto brokers = make();
    brokers.restore();
    BOOST_TEST((bound == std::vector{before.port}));
    BOOST_TEST((brokers.advertised(node_id{4711}) == before));
    const bool is_other = brokers.advertised(node_id{4712}) != before;
    BOOST_TEST(is_other);
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_passed_over) {
    refused = {9194};
    auto brokers = make();
    const auto port = brokers.advertised(node_id{1}).port;
    BOOST_TEST(port != 9194);
    BOOST_TEST((port >= 9193 && port < 9198));
}

BOOST_AUTO_TEST_CASE(an_answer_never_fails_for_want_of_a_port) {
    auto brokers = make();
    for (int number = 0; number < 5; ++number) {
        brokers.advertised(node_id{100 + number});
    }
    BOOST_TEST((brokers.advertised(node_id{999}) == host_port{"proxy", 9192}));
}

BOOST_AUTO_TEST_CASE(the_bkes_node_is_at_the_bootstrap_address) {
    auto brokers = make();
    BOOST_TEST((brokers.advertised(node_id{1'000'000'000}) == host_port{"proxy", 9192}));
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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
