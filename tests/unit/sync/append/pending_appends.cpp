#include "sync/append/pending_appends.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <new>
#include <string>

namespace {

using namespace bkes;
using namespace bkes::sync;

/// Answers come in the order in which they were given, as letters.
struct fixture {
    void add(char letter, boost::asio::io_context& where) {
        append_reply reply;
        reply.answer_on = &where;
        reply.done = [this, letter](const append_answer&) {
            if (letter == '!') {
                throw std::bad_alloc{};
            }
            heard += letter;
        };
        outbox.add(std::move(reply), {});
    }

    boost::asio::io_context context;
    boost::asio::io_context other;
    partition_counts counts;
    answer_outbox outbox{counts};
    std::string heard;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync_pending_appends, fixture)

BOOST_AUTO_TEST_CASE(one_client_that_throws_does_not_keep_the_answers_of_others) {
    for (const auto letter : {'a', '!', 'b', '!', 'c'}) {
        add(letter, context);
    }
    outbox.flush();
    context.run();
    BOOST_TEST(heard == "abc");
}

BOOST_AUTO_TEST_CASE(answers_go_to_their_own_threads) {
    add('a', context);
    add('b', other);
    add('c', context);
    outbox.flush();
    outbox.flush();  // nothing is told twice
    context.run();
    BOOST_TEST(heard == "ac");
    other.run();
    BOOST_TEST(heard == "acb");
}

BOOST_AUTO_TEST_CASE(what_leaves_is_counted_once) {
    for (const bool is_redirected : {false, true}) {
        append_reply reply;
        reply.answer_on = &context;
        if (!is_redirected) {
            reply.taken_at = std::chrono::steady_clock::now();
        }
        append_answer conflict;
        conflict.outcome = append_result::order_conflict;
        outbox.add(std::move(reply), std::move(conflict));
    }
    BOOST_TEST(counts.of(append_result::order_conflict).value() == 1U);
    BOOST_TEST(counts.of(append_result::written).value() == 0U);
    BOOST_TEST(counts.append_seconds.sum() < 1.0);
}

BOOST_AUTO_TEST_CASE(a_client_that_went_is_told_nothing) {
    append_reply reply;
    reply.answer_on = &context;
    reply.session_can_go = true;
    reply.session = std::make_shared<int>();
    reply.done = [this](const append_answer&) { heard += 'a'; };
    outbox.add(std::move(reply), {});
    outbox.flush();
    context.run();
    BOOST_TEST(heard.empty());
}

BOOST_AUTO_TEST_SUITE_END()
