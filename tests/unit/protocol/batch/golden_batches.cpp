// Batches written by other encoders (tests/golden/batches; how: java/BatchVectors.java and
// client_batches.py in tests/golden) read here, and compared with what the encoder was given.

#include "protocol/batch/batch_sequence.hpp"
#include "protocol/batch/control_record.hpp"
#include "protocol/batch/message_set.hpp"
#include "protocol/batch/produce_check.hpp"
#include "protocol/errors.hpp"
#include "tests/support/hex.hpp"
#include "tests/unit/protocol/batch/batch_support.hpp"

#include <boost/algorithm/hex.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

using namespace bkes;
using namespace bkes::protocol;
using namespace bkes::protocol::testing;

namespace {

constexpr std::size_t plenty = 16U << 20U;

struct vector {
    std::string kind;
    std::string name;  ///< with the file's
    bytes data;
    std::map<std::string, std::int64_t> header;
    std::vector<std::int64_t> offsets;
    std::vector<event> events;
};

std::pair<std::string, std::string> split(const std::string& text) {
    const auto equals = text.find('=');
    BOOST_REQUIRE(equals != std::string::npos);
    return {text.substr(0, equals), text.substr(equals + 1)};
}

void parse_line(const std::string& line, std::vector<vector>& vectors, const std::string& file) {
    std::istringstream words{line};
    std::string word;
    words >> word;
    if (word.empty() || word == "#") {
        return;
    }
    if (word == "batch" || word == "message_set") {
        auto& one = vectors.emplace_back();
        one.kind = word;
        words >> one.name;
        one.name = file + " " + one.name;
    } else if (word == "bytes") {
        words >> word;
        vectors.back().data = boost::algorithm::unhex(word);
    } else if (word == "header") {
        while (words >> word) {
            const auto [name, value] = split(word);
            vectors.back().header[name] = std::stoll(value);
        }
    } else {
        BOOST_REQUIRE_EQUAL(word, "record");
        std::string key;
        std::string value;
        auto& one = vectors.back().events.emplace_back();
        words >> vectors.back().offsets.emplace_back() >> one.timestamp_ms >> key >> value;
        one.key = tests::parse_golden_bytes(key);
        one.value = tests::parse_golden_bytes(value);
        while (words >> word) {
            const auto [name, content] = split(word);
            one.headers.emplace_back(tests::parse_golden_bytes(name).value(),
                                     tests::parse_golden_bytes(content));
        }
    }
}

const std::vector<vector>& all_vectors() {
    static const auto vectors = [] {
        std::vector<vector> parsed;
        for (const std::string file : {"java", "kafka_python", "librdkafka"}) {
            std::ifstream in{BKES_TESTS_DIR "/golden/batches/" + file + ".txt"};
            const auto before = parsed.size();
            for (std::string line; std::getline(in, line);) {
                parse_line(line, parsed, file);
            }
            BOOST_REQUIRE_GT(parsed.size(), before + 10);
        }
        return parsed;
    }();
    return vectors;
}

std::vector<vector> vectors_of(const std::string& kind) {
    std::vector<vector> fitting;
    std::ranges::copy_if(all_vectors(), std::back_inserter(fitting),
                         [&](const vector& one) { return one.kind == kind; });
    return fitting;
}

std::map<std::string, std::int64_t> fields_of(const batch_header& header) {
    return {{"base_offset", header.base_offset.value()},
            {"attributes", header.attributes},
            {"last_offset_delta", header.last_offset_delta},
            {"record_count", header.record_count},
            {"base_timestamp", header.base_timestamp_ms},
            {"max_timestamp", header.max_timestamp_ms},
            {"producer_id", header.producer.value()},
            {"producer_epoch", header.epoch.value()},
            {"base_sequence", header.base_sequence.value()},
            {"leader_epoch", header.partition_leader_epoch.value()}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(protocol_golden_batches)

BOOST_AUTO_TEST_CASE(batches_hold_what_their_encoder_was_given) {
    for (const auto& expected : vectors_of("batch")) {
        BOOST_TEST_CONTEXT(expected.name) {
            BOOST_TEST(batch_crc_is_right(expected.data));
            const auto decoded = decode_batch_of_any_magic(expected.data, plenty);
            BOOST_REQUIRE(decoded.has_value());
            BOOST_TEST((events_of(*decoded) == expected.events));
            for (std::size_t index = 0; index < expected.offsets.size(); ++index) {
                BOOST_TEST(decoded->offset_of(decoded->records[index]).value() ==
                           expected.offsets[index]);
            }
            const auto fields = fields_of(decoded->header);
            for (const auto& [name, value] : expected.header) {
                BOOST_TEST_CONTEXT(name) {
                    BOOST_TEST(fields.at(name) == value);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(plain_batches_are_built_again_byte_for_byte) {
    std::size_t compared = 0;
    for (const auto& expected : vectors_of("batch")) {
        auto decoded = decode_batch(expected.data, plenty).value();
        if (decoded.header.attributes != 0 || decoded.records.empty() ||
            std::cmp_not_equal(decoded.records.size(), decoded.header.last_offset_delta + 1)) {
            continue;  // bkes writes none that are compressed, for control or compacted
        }
        auto built = rebuilt(decoded);
        place_batch(built, decoded.header.base_offset, decoded.header.partition_leader_epoch);
        BOOST_TEST_CONTEXT(expected.name) {
            BOOST_TEST((built == expected.data));
        }
        ++compared;
    }
    BOOST_TEST(compared >= 5U);
}

BOOST_AUTO_TEST_CASE(every_prefix_is_rejected) {
    for (const auto& expected : all_vectors()) {
        if (expected.data.size() > 2000) {
            continue;
        }
        BOOST_TEST_CONTEXT(expected.name) {
            // A set of plain old messages is several entries: the whole first one is a message.
            auto first = batch_sequence{expected.data}.next().value();
            for (std::size_t size = 0; size < first.size(); ++size) {
                BOOST_REQUIRE(!decode_batch_of_any_magic(first.substr(0, size), plenty));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(crc_notices_every_flipped_bit) {
    for (const auto& expected : vectors_of("batch")) {
        if (expected.data.size() > 2000) {
            continue;
        }
        auto data = expected.data;
        for (std::size_t bit = batch_at::crc * 8; bit < data.size() * 8; ++bit) {
            const auto mask = static_cast<char>(1 << (bit % 8));
            data[bit / 8] = static_cast<char>(data[bit / 8] ^ mask);
            BOOST_REQUIRE(!batch_crc_is_right(data));
            data[bit / 8] = static_cast<char>(data[bit / 8] ^ mask);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_clients_produce_passes_the_check) {
    std::size_t passed = 0;
    for (const auto& expected : vectors_of("batch")) {
        const bool produced = !expected.name.starts_with("java ") ||
                              (expected.header.at("base_offset") == 0 && !expected.events.empty());
        if (produced) {
            BOOST_TEST_CONTEXT(expected.name) {
                BOOST_TEST(check_produce_batch(expected.data, plenty).has_value());
            }
            ++passed;
        }
    }
    BOOST_TEST(passed > 20U);
}

BOOST_AUTO_TEST_CASE(control_batches_name_the_end_of_the_transaction) {
    std::map<std::string, control_type> seen;
    for (const auto& expected : vectors_of("batch")) {
        const auto decoded = decode_batch(expected.data, plenty).value();
        if (decoded.header.is_control()) {
            const auto control = decode_control_record(decoded.records.at(0)).value();
            BOOST_TEST(control.version == 0);
            BOOST_TEST(control.ends_transaction());
            seen[expected.name] = control.type;
        }
    }
    BOOST_TEST(seen.size() == 2U);
    BOOST_TEST((seen["java control_abort"] == control_type::abort));
    BOOST_TEST((seen["java control_commit"] == control_type::commit));
}

BOOST_AUTO_TEST_CASE(old_message_sets_hold_what_their_encoder_was_given) {
    const auto sets = vectors_of("message_set");
    BOOST_TEST(sets.size() == 16U);
    for (const auto& expected : sets) {
        BOOST_TEST_CONTEXT(expected.name) {
            std::vector<event> events;
            std::vector<std::int64_t> offsets;
            batch_sequence entries{expected.data};
            while (const auto entry = entries.next()) {
                BOOST_TEST(message_crc_is_right(*entry));
                BOOST_TEST(
                    (decode_batch(*entry, plenty).error() == protocol_errc::unsupported_magic));
                const auto decoded = decode_batch_of_any_magic(*entry, plenty);
                BOOST_REQUIRE(decoded.has_value());
                for (const auto& record : decoded->records) {
                    offsets.push_back(decoded->offset_of(record).value());
                }
                BOOST_TEST(decoded->header.last_offset().value() == offsets.back());
                std::ranges::move(events_of(*decoded), std::back_inserter(events));
            }
            BOOST_TEST(!entries.failed());
            BOOST_TEST(entries.rest().empty());
            BOOST_TEST((events == expected.events));
            BOOST_TEST(offsets == expected.offsets, boost::test_tools::per_element());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
