#include "sync/partition/replaced_topics.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace bkes;

struct topic {
    uuid id;
    bool runs = false;

    [[nodiscard]] bool is_used() const { return runs; }
};

uuid numbered(std::uint8_t number) {
    uuid id;
    id.octets[0] = number;
    return id;
}

std::shared_ptr<topic> make(std::uint8_t number) {
    return std::make_shared<topic>(topic{.id = numbered(number)});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_replaced_topics)

BOOST_AUTO_TEST_CASE(ends_topics_that_nothing_holds_and_knows_their_ids) {
    sync::replaced_topics<topic> replaced;
    auto held = make(1);
    auto running = make(2);
    running->runs = true;
    auto* const still_runs = running.get();
    replaced.add(held);
    replaced.add(std::move(running));
    replaced.add(make(3));
    BOOST_TEST(replaced.running() == 3U);
    replaced.sweep();
    BOOST_TEST(replaced.running() == 2U);
    held.reset();
    still_runs->runs = false;
    replaced.sweep();
    BOOST_TEST(replaced.running() == 0U);
    for (std::uint8_t number = 1; number <= 3; ++number) {
        BOOST_TEST(replaced.knows(numbered(number)));
    }
    BOOST_TEST(!replaced.knows(numbered(4)));
}

BOOST_AUTO_TEST_CASE(keeps_so_many_ids_and_no_more) {
    sync::replaced_topics<topic> replaced;
    replaced.add(make(1));
    for (std::size_t i = 1; i < sync::replaced_topics<topic>::ids_max; ++i) {
        replaced.add(make(2));
    }
    BOOST_TEST(replaced.knows(numbered(1)));
    replaced.add(make(2));
    BOOST_TEST(!replaced.knows(numbered(1)));
    BOOST_TEST(replaced.running() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
