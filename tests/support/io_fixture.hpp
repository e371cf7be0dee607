#pragma once
// For tests of what lives on an io_context: runs it in the test's own thread until something is so.

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>

namespace bkes::test {

struct io_fixture {
    explicit io_fixture(std::chrono::seconds time_limit) : limit{time_limit} {}

    /// Fails the test if it isn't so within the limit.
    template <class Condition>
    void run_until(Condition is_so) {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (!is_so() && std::chrono::steady_clock::now() < end) {
            context.run_one_for(std::chrono::milliseconds{100});
        }
        BOOST_REQUIRE(is_so());
    }

    std::chrono::seconds limit;
    boost::asio::io_context context{1};
};

}  // namespace bkes::test
