// The main function of every Boost.Test executable.
#define BOOST_TEST_MODULE bkes
#include <boost/test/unit_test.hpp>
