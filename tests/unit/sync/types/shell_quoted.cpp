#include "sync/types/shell_quoted.hpp"

#include <boost/test/unit_test.hpp>

using bkes::sync::shell_quoted;

BOOST_AUTO_TEST_SUITE(sync_types_shell_quoted)

BOOST_AUTO_TEST_CASE(a_shell_takes_it_as_one_word) {
    BOOST_TEST(shell_quoted("User:CN=bkes,O=x") == "User:CN=bkes,O=x");
    BOOST_TEST(shell_quoted("a b") == "'a b'");
    BOOST_TEST(shell_quoted("a'; reboot") == "'a'\\''; reboot'");
    BOOST_TEST(shell_quoted("") == "''");
}

BOOST_AUTO_TEST_SUITE_END()
