#include "proxy/session/read_buffer.hpp"

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <random>
#include <string>

namespace {

using bkes::proxy::read_buffer;

/// How many reads it took.
int put(read_buffer& buffer, std::string_view data, std::size_t wanted = 4) {
    int reads = 0;
    for (; !data.empty(); ++reads) {
        const auto room = buffer.prepare(wanted);
        const auto count = std::min(room.size(), data.size());
        std::memcpy(room.data(), data.data(), count);
        buffer.commit(count);
        data.remove_prefix(count);
    }
    return reads;
}

BOOST_AUTO_TEST_SUITE(proxy_read_buffer)

BOOST_AUTO_TEST_CASE(gives_back_what_was_read_in_any_split) {
    std::mt19937 random{42};
    std::string sent;
    std::string received;
    read_buffer buffer;
    for (int round = 0; round < 2'000; ++round) {
        const std::string chunk(random() % 9'000, static_cast<char>('a' + round % 26));
        put(buffer, chunk, 1 + random() % 100'000);
        sent += chunk;
        const auto taken = random() % (buffer.unread().size() + 1);
        received += buffer.unread().substr(0, taken);
        buffer.consume(taken);
    }
    received += buffer.unread();
    BOOST_TEST((received == sent));
}

BOOST_AUTO_TEST_CASE(reserves_little_for_a_size_that_is_only_claimed) {
    read_buffer buffer;
    buffer.prepare(100'000'000);
    BOOST_TEST(buffer.capacity() <= read_buffer::busy_bytes);
}

BOOST_AUTO_TEST_CASE(holds_a_frame_as_large_as_claimed_once_it_arrives) {
    read_buffer buffer;
    const std::string frame(5'000'000, 'x');
    put(buffer, frame, frame.size());
    BOOST_TEST(buffer.unread().size() == frame.size());
    BOOST_TEST(buffer.capacity() == frame.size());
}

BOOST_AUTO_TEST_CASE(gives_room_back_when_quiet) {
    read_buffer buffer;
    const std::string frame(1'000'000, 'x');
    put(buffer, frame, frame.size());
    buffer.consume(frame.size());
    for (int round = 0; round < 40; ++round) {
        put(buffer, "ping");
        buffer.consume(4);
    }
    BOOST_TEST(buffer.capacity() == read_buffer::resting_bytes);
}

BOOST_AUTO_TEST_CASE(reads_frames_of_one_size_at_once_however_many_there_are) {
    read_buffer buffer;
    const std::string frame(16'500, 'x');
    for (int round = 0; round < 100; ++round) {
        const auto reads = put(buffer, frame);
        buffer.consume(frame.size());
        BOOST_TEST((reads == 1 || round == 0));
    }
    BOOST_TEST(buffer.capacity() == read_buffer::busy_bytes);
}

BOOST_AUTO_TEST_CASE(gives_back_what_one_large_frame_took_while_busy_with_small_ones) {
    read_buffer buffer;
    const std::string large(1'000'000, 'x');
    put(buffer, large, large.size());
    buffer.consume(large.size());
    for (int round = 0; round < 40; ++round) {
        put(buffer, large.substr(0, 16'500));
        buffer.consume(16'500);
    }
    BOOST_TEST(buffer.capacity() == read_buffer::busy_bytes);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
