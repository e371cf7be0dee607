#include "sync/partition/claim_table.hpp"

#include <boost/test/unit_test.hpp>

#include <utility>
#include <vector>

namespace {

using namespace bkes;
using namespace bkes::sync;
using claim_result = key_claims::claim_result;

struct fixture {
    std::vector<std::pair<partition_id, bytes>> settled;
    claim_table table{[this](partition_id partition, bytes_view key) {
        settled.emplace_back(partition, bytes{key});
    }};
    partition_claims one{table, partition_id{1}};
    partition_claims two{table, partition_id{2}};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync_claim_table, fixture)

BOOST_AUTO_TEST_CASE(gives_a_key_to_one_partition_at_a_time) {
    BOOST_TEST((one.claim("k") == claim_result::granted));
    BOOST_TEST((two.claim("k") == claim_result::held_elsewhere));
    BOOST_TEST((two.claim("other") == claim_result::granted));
    one.release("k");
    BOOST_TEST((two.claim("k") == claim_result::granted));
}

BOOST_AUTO_TEST_CASE(tells_a_refused_partition_once_when_the_claim_is_released) {
    one.claim("k");
    two.claim("k");
    two.claim("k");
    BOOST_TEST(settled.empty());
    one.release("k");
    BOOST_TEST(settled.size() == 1);
    BOOST_TEST((settled.front() == std::pair{partition_id{2}, bytes{"k"}}));
}

BOOST_AUTO_TEST_CASE(a_partition_may_claim_again_what_it_holds) {
    one.claim("k");
    BOOST_TEST((one.claim("k") == claim_result::granted));
}

BOOST_AUTO_TEST_CASE(only_the_holder_can_release) {
    one.claim("k");
    two.release("k");
    BOOST_TEST((two.claim("k") == claim_result::held_elsewhere));
}

BOOST_AUTO_TEST_SUITE_END()
