#include "proxy/session/relayed_fetch.hpp"

#include "protocol/header.hpp"
#include "protocol/messages/fetch.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

namespace {

using namespace bkes;
using bkes::proxy::relayed_fetch;
using protocol::fetch_response;

constexpr std::int16_t version = 17;
constexpr bytes_view real_host = "a-real-broker.example";

/// A response of random shape; `storage` owns its records.
fetch_response random_response(std::mt19937& random, std::vector<bytes>& storage,
                               bool with_endpoints) {
    fetch_response response;
    storage.reserve(100);
    for (auto topics = random() % 4; topics > 0; --topics) {
        auto& topic = response.responses.emplace_back();
        for (auto partitions = random() % 6; partitions > 0; --partitions) {
            auto& partition = topic.partitions.emplace_back();
            storage.emplace_back(random() % 3 == 0 ? 0 : random() % 60'000, 'r');
            partition.records = storage.back();
            partition.aborted_transactions->resize(random() % 3);
        }
    }
    if (with_endpoints) {
        response.node_endpoints.push_back(
            {.node_id = 3, .host = real_host, .port = 9092, .rack = {}});
    }
    return response;
}

/// What a client gets when the frame arrives in random pieces; empty if it was called malformed.
bytes relay(std::mt19937& random, bytes_view frame) {
    relayed_fetch fetch{version};
    bytes relayed;
    std::size_t taken = 0;  // bytes of the frame that have left
    std::size_t arrived = 0;
    while (taken < frame.size()) {
        arrived = std::min(frame.size(), std::max(arrived, taken) + 1 + random() % 20'000);
        bytes pending{frame.substr(taken, arrived - taken)};
        const auto next = fetch.advance(pending, frame.size() - taken);
        if (next.is_malformed) {
            return {};
        }
        BOOST_REQUIRE_LE(next.forward, pending.size());
        relayed += pending.substr(0, next.forward);
        relayed += frame.substr(taken + next.forward, next.stream);
        taken += next.forward + next.stream;
    }
    return relayed;
}

bytes frame_of(const fetch_response& response) {
    bytes frame;
    BOOST_REQUIRE(protocol::append_response_frame(77, version, response, frame).has_value());
    return frame;
}

BOOST_AUTO_TEST_SUITE(proxy_relayed_fetch)

BOOST_AUTO_TEST_CASE(passes_a_response_without_addresses_as_it_came_in_any_pieces) {
    std::mt19937 random{11};
    for (int round = 0; round < 300; ++round) {
        std::vector<bytes> storage;
        const auto frame = frame_of(random_response(random, storage, false));
        BOOST_REQUIRE((relay(random, frame) == frame));
    }
}

BOOST_AUTO_TEST_CASE(blanks_addresses_and_keeps_every_length) {
    std::mt19937 random{12};
    for (int round = 0; round < 300; ++round) {
        std::vector<bytes> storage;
        const auto response = random_response(random, storage, true);
        const auto frame = frame_of(response);
        const auto relayed = relay(random, frame);
        BOOST_REQUIRE_EQUAL(relayed.size(), frame.size());
        BOOST_REQUIRE(relayed.find(real_host) == bytes::npos);
        constexpr std::size_t header_bytes = 9;
        const auto decoded =
            protocol::decode<fetch_response>(bytes_view{relayed}.substr(header_bytes), version);
        BOOST_REQUIRE(decoded.has_value());
        BOOST_REQUIRE(decoded->node_endpoints.empty());
        BOOST_REQUIRE_EQUAL(decoded->responses.size(), response.responses.size());
    }
}

BOOST_AUTO_TEST_CASE(never_lets_a_damaged_response_past_its_damage_with_an_address) {
    std::mt19937 random{13};
    for (int round = 0; round < 300; ++round) {
        std::vector<bytes> storage;
        auto frame = frame_of(random_response(random, storage, true));
        frame[9 + random() % (frame.size() - 9)] = static_cast<char>(random());
        // Ends, reads nothing outside of the frame, and what passes names no broker.
        BOOST_REQUIRE(relay(random, frame).find(real_host) == bytes::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
