#include "proxy/server/address_places.hpp"

#include <boost/test/unit_test.hpp>

namespace bkes::proxy {

BOOST_AUTO_TEST_SUITE(proxy_server_address_places)

namespace {

auto address(const char* text) {
    return boost::asio::ip::make_address(text);
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_address_has_so_many) {
    address_places places{2};
    auto first = places.take(address("10.0.0.1"));
    const auto second = places.take(address("10.0.0.1"));
    BOOST_TEST((first && second));
    BOOST_TEST(!places.take(address("10.0.0.1")));
    BOOST_TEST(bool{places.take(address("10.0.0.2"))});
    first.reset();
    BOOST_TEST(bool{places.take(address("10.0.0.1"))});
}

BOOST_AUTO_TEST_CASE(an_address_is_the_same_by_both_protocols) {
    address_places places{1};
    const auto taken = places.take(address("::ffff:10.0.0.1"));
    BOOST_TEST(!places.take(address("10.0.0.1")));
    BOOST_TEST(bool{places.take(address("::1"))});
}

BOOST_AUTO_TEST_CASE(a_place_may_outlive_the_table) {
    std::shared_ptr<void> place;
    {
        address_places places{1};
        place = places.take(address("10.0.0.1"));
    }
    place.reset();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::proxy
