// Against what the clients themselves did: tests/golden/partitions, whose grammar is in
// tests/golden/partition_vectors.py.

#include "sync/types/partitioner.hpp"

#include "tests/support/hex.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(sync_types_partitioner)

using namespace bkes;
using namespace bkes::sync;

namespace {

struct client_key {
    std::string text;
    std::optional<bytes> key;
    std::vector<std::int32_t> partitions;  ///< for each count; empty: anywhere
};

/// What one client did by one of its partitioners.
struct client_partitioner {
    std::string name;
    std::vector<std::int32_t> counts;
    std::vector<client_key> keys;
};

std::vector<std::int32_t> numbers_of(std::istringstream& words) {
    std::vector<std::int32_t> numbers;
    for (std::int32_t number = 0; words >> number;) {
        numbers.push_back(number);
    }
    return numbers;
}

std::vector<client_partitioner> load(const std::string& client) {
    std::ifstream file{BKES_TESTS_DIR "/golden/partitions/" + client + ".txt"};
    std::vector<client_partitioner> found;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words{line};
        std::string first;
        words >> first;
        if (first.empty() || first == "#") {
            continue;
        }
        if (first == "partitioner") {
            words >> found.emplace_back().name;
        } else if (first == "counts") {
            found.back().counts = numbers_of(words);
        } else {
            found.back().keys.push_back(
                {first, tests::parse_golden_bytes(first), numbers_of(words)});
        }
    }
    return found;
}

/// Keys that the client puts anywhere, as the file writes them; all others stand where `rule` says.
std::vector<std::string> compare(const client_partitioner& client, partitioner rule) {
    BOOST_TEST(client.counts.size() >= 10U);
    BOOST_TEST(client.keys.size() >= 400U);
    std::vector<std::string> anywhere;
    for (const auto& [text, key, partitions] : client.keys) {
        if (partitions.empty()) {
            anywhere.push_back(text);
            continue;
        }
        BOOST_REQUIRE_EQUAL(partitions.size(), client.counts.size());
        for (std::size_t i = 0; i < partitions.size(); ++i) {
            const auto here = partition_for_key(rule, key.value_or(""), client.counts[i]);
            BOOST_TEST(here.value() == partitions[i],
                       text.substr(0, 80) << " of " << client.counts[i] << ": " << here.value()
                                          << ", the client says " << partitions[i]);
        }
    }
    return anywhere;
}

void check_client(const std::string& client, const std::string& name, partitioner rule,
                  const std::vector<std::string>& anywhere) {
    BOOST_TEST_CONTEXT(client << " " << name) {
        const auto all = load(client);
        const auto one = std::ranges::find(all, name, &client_partitioner::name);
        BOOST_REQUIRE(one != all.end());
        BOOST_TEST(compare(*one, rule) == anywhere, boost::test_tools::per_element());
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(murmur2_is_where_its_clients_put_a_key) {
    check_client("java", "default", partitioner::murmur2, {"null"});
    check_client("franz_go", "UniformBytesPartitioner", partitioner::murmur2, {"null"});
    check_client("franz_go", "StickyKeyPartitioner", partitioner::murmur2, {"null"});
    check_client("kafka_python", "DefaultPartitioner", partitioner::murmur2, {"null"});
    check_client("librdkafka", "murmur2_random", partitioner::murmur2, {"null"});
}

BOOST_AUTO_TEST_CASE(crc32_is_where_librdkafka_puts_a_key) {
    check_client("librdkafka", "consistent", partitioner::crc32, {});
    check_client("librdkafka", "consistent_random", partitioner::crc32, {"null", "x"});
}

BOOST_AUTO_TEST_CASE(the_empty_key_has_a_place) {
    for (const std::int32_t count : {1, 5, 10'000}) {
        BOOST_TEST(partition_for_key(partitioner::crc32, "", count).value() == 0);
        BOOST_TEST(partition_for_key(partitioner::crc32, {}, count).value() == 0);
        BOOST_TEST((partition_for_key(partitioner::murmur2, "", count) ==
                    partition_for_key(partitioner::murmur2, {}, count)));
    }
    BOOST_TEST(partition_for_key(partitioner::murmur2, "", 10'000).value() == 6681);
}

BOOST_AUTO_TEST_CASE(names_are_those_of_the_setting) {
    BOOST_TEST(name_of(partitioner::murmur2) == "murmur2");
    BOOST_TEST(name_of(partitioner::crc32) == "crc32");
}

BOOST_AUTO_TEST_SUITE_END()
