#include "protocol/batch/batch_sequence.hpp"

#include "protocol/batch/batch_layout.hpp"
#include "tests/unit/protocol/batch/batch_support.hpp"

#include <boost/test/unit_test.hpp>

using namespace bkes;
using namespace bkes::protocol;
using namespace bkes::protocol::testing;

BOOST_AUTO_TEST_SUITE(protocol_batch_sequence)

BOOST_AUTO_TEST_CASE(gives_whole_batches_and_leaves_the_cut_off_tail) {
    std::mt19937_64 random{1};
    const auto first = batch_of(random_events(random, 3), log_offset{0});
    const auto second = batch_of(random_events(random, 2), log_offset{3});
    const auto both = first + second;
    for (std::size_t size = 0; size <= both.size(); ++size) {
        const auto cut = both.substr(0, size);
        batch_sequence batches{cut};
        std::size_t given = 0;
        while (const auto batch = batches.next()) {
            BOOST_REQUIRE(*batch == (given == 0 ? first : second));
            BOOST_REQUIRE(batch_magic(*batch) == 2);
            ++given;
        }
        const std::size_t whole =
            (size >= first.size() ? 1U : 0U) + (size >= both.size() ? 1U : 0U);
        BOOST_REQUIRE_EQUAL(given, whole);
        BOOST_REQUIRE(!batches.failed());
        const auto taken = whole == 0 ? 0 : whole == 1 ? first.size() : both.size();
        BOOST_REQUIRE_EQUAL(batches.rest().size(), size - taken);
    }
}

BOOST_AUTO_TEST_CASE(stops_at_a_length_that_no_batch_can_have) {
    std::mt19937_64 random{2};
    for (const std::int32_t length : {0, 13, -1, -2147483647}) {
        auto bad = batch_of(random_events(random, 1), log_offset{0});
        overwrite(bad, batch_at::batch_length, length);
        batch_sequence batches{bad};
        BOOST_TEST(!batches.next().has_value());
        BOOST_TEST(batches.failed());
        BOOST_TEST(!batches.next().has_value());
    }
}

BOOST_AUTO_TEST_SUITE_END()
