#include "store/errors.hpp"

#include <boost/test/unit_test.hpp>

using namespace bkes::store;

BOOST_AUTO_TEST_SUITE(store_errors)

BOOST_AUTO_TEST_CASE(every_code_has_a_sentence_of_its_own) {
    for (const auto code : {store_errc::in_use, store_errc::other_cluster, store_errc::io_failed,
                            store_errc::corrupt, store_errc::out_of_order, store_errc::busy}) {
        const std::error_code error = code;
        BOOST_TEST(error.category().name() == std::string{"bkes.store"});
        BOOST_TEST(error.message() != "unknown store error");
    }
    BOOST_TEST(std::error_code(99, store_category()).message() == "unknown store error");
}

BOOST_AUTO_TEST_SUITE_END()
