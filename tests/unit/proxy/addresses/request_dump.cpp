// A broker's address inside its own view of a request doesn't reach the client.

#include "proxy/addresses/request_dump.hpp"

#include "protocol/api_key.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using bkes::protocol::api_key;

std::string hidden(api_key key, std::string text) {
    bkes::proxy::hide_connection_id(static_cast<std::int16_t>(key), text);
    return text;
}

constexpr auto dump =
    "Request Request(processor=1, connectionId=10.0.0.4:9092-10.0.0.9:41224-0-12, "
    "session=Session(User:a,/10.0.0.9), buffer=null) needs DESCRIBE permission.";
constexpr auto dump_hidden =
    "Request Request(processor=1, connectionId=*********************************, "
    "session=Session(User:a,/10.0.0.9), buffer=null) needs DESCRIBE permission.";

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_addresses_request_dump)

BOOST_AUTO_TEST_CASE(hides_the_id_of_each_dump_and_nothing_else) {
    BOOST_TEST(hidden(api_key::describe_acls, dump) == dump_hidden);
    BOOST_TEST(hidden(api_key::elect_leaders, std::string{"x"} + dump + dump) ==
               std::string{"x"} + dump_hidden + dump_hidden);
}

BOOST_AUTO_TEST_CASE(leaves_what_only_begins_like_one) {
    for (const auto* text :
         {"", "Request(processor=1", "Request(processor=1, connectionId=a:1",
          "connectionId=a:1, session=", "Request(processor=1, session=x, connectionId=a:1"}) {
        BOOST_TEST(hidden(api_key::create_acls, text) == text);
    }
}

BOOST_AUTO_TEST_CASE(leaves_records_and_what_bkes_answers_itself) {
    for (const auto key :
         {api_key::fetch, api_key::produce, api_key::share_fetch, api_key::fetch_by_key}) {
        BOOST_TEST(hidden(key, dump) == dump);
    }
}

BOOST_AUTO_TEST_SUITE_END()
