#include "sync/append/batches_under_way.hpp"

#include "protocol/kafka_error.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace bkes;
using namespace bkes::sync;
using protocol::kafka_error;

const producer_identity writer{producer_id{7}, producer_epoch{3}};

/// Sends a batch of two records on a connection.
batch_id send(batches_under_way& all, std::uint64_t id, std::uint64_t connection = 1,
              bool is_forgettable = false) {
    auto& made = all.add({.id = batch_id{id},
                          .encoded = {},
                          .record_count = 2,
                          .stamped = writer,
                          .is_forgettable = is_forgettable});
    all.sent(made, connection, {});
    return made.id;
}

batch_end hears(batches_under_way& all, batch_id id, kafka_error error,
                std::int64_t base_offset = 0, std::int64_t read_to = 0) {
    return all
        .answered(id, static_cast<std::int16_t>(error), log_offset{base_offset},
                  log_offset{read_to})
        .end;
}

logged_batch as_read(std::int64_t offset, int sequence, int epoch = 3) {
    return {.writer = {writer.producer, producer_epoch{static_cast<std::int16_t>(epoch)}},
            .base_sequence = sequence_number{sequence},
            .base_offset = log_offset{offset},
            .last_offset = log_offset{offset + 1}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_batches_under_way)

BOOST_AUTO_TEST_CASE(sequences_follow_each_other_and_begin_anew_with_an_epoch) {
    batches_under_way all;
    send(all, 1);
    send(all, 2);
    BOOST_TEST(all.oldest().base_sequence.value() == 0);
    BOOST_TEST(all.next_sequence().value() == 4);
    BOOST_TEST((all.find(writer, sequence_number{2}) == batch_id{2}));
    all.begin_epoch();
    BOOST_TEST(all.next_sequence().value() == 0);
}

BOOST_AUTO_TEST_CASE(a_refused_sequence_is_used_again_and_what_follows_is_skipped) {
    batches_under_way all;
    const auto first = send(all, 1);
    const auto second = send(all, 2);
    const auto third = send(all, 3);
    BOOST_TEST((hears(all, first, kafka_error::none) == batch_end::written));
    all.decided(first);
    BOOST_TEST((hears(all, second, kafka_error::invalid_record) == batch_end::refused));
    BOOST_TEST(
        (hears(all, third, kafka_error::out_of_order_sequence_number) == batch_end::skipped));
    BOOST_TEST(all.next_sequence().value() == 2);
    BOOST_TEST(all.empty());
}

BOOST_AUTO_TEST_CASE(a_hole_without_a_refusal_is_no_refusal) {
    batches_under_way all;
    const auto first = send(all, 1);
    BOOST_TEST(
        (hears(all, first, kafka_error::out_of_order_sequence_number) == batch_end::ask_the_log));
    BOOST_TEST(!all.empty());
}

BOOST_AUTO_TEST_CASE(a_refusal_after_a_lost_connection_says_nothing) {
    batches_under_way all;
    const auto first = send(all, 1);
    BOOST_TEST(!all.connection_lost());
    all.sent(*all.find(first), 2, {});
    BOOST_TEST((hears(all, first, kafka_error::invalid_record) == batch_end::ask_the_log));
}

BOOST_AUTO_TEST_CASE(what_was_not_sent_leaves_no_doubt) {
    batches_under_way all;
    const auto first = send(all, 1);
    const auto second = send(all, 2);
    all.not_sent(first, 1);
    BOOST_TEST(!all.connection_lost());
    all.sent(*all.find(first), 2, {});
    all.sent(*all.find(second), 2, {});
    BOOST_TEST((hears(all, first, kafka_error::invalid_record) == batch_end::refused));
}

BOOST_AUTO_TEST_CASE(what_a_broker_may_forget_is_told) {
    batches_under_way all;
    const auto first = send(all, 1, 1, true);
    BOOST_TEST(all.connection_lost());
    all.decided(first);
    send(all, 2);
    BOOST_TEST(!all.connection_lost());
}

BOOST_AUTO_TEST_CASE(an_answer_to_what_the_log_has_shown) {
    batches_under_way all;
    const auto first = send(all, 1);
    all.decided(first);
    BOOST_TEST((hears(all, first, kafka_error::none) == batch_end::unheard));
}

BOOST_AUTO_TEST_CASE(an_acknowledgement_of_a_place_where_something_else_was_read) {
    batches_under_way all;
    const auto first = send(all, 1);
    BOOST_TEST((hears(all, first, kafka_error::none, 3, 4) == batch_end::ask_the_log));
    BOOST_TEST((hears(all, first, kafka_error::none, 3, 3) == batch_end::written));
    BOOST_TEST((all.find(first) != nullptr));
}

BOOST_AUTO_TEST_CASE(an_acknowledged_batch_that_something_stands_in_place_of) {
    batches_under_way all;
    all.acknowledged(send(all, 1), log_offset{10});
    BOOST_TEST(!all.contradicted_by(as_read(10, 0)));
    BOOST_TEST(!all.contradicted_by(as_read(8, 5)));
    BOOST_TEST((all.contradicted_by(as_read(10, 2)) == log_offset{10}));
    BOOST_TEST((all.contradicted_by(as_read(9, 0)) == log_offset{10}));
    // A leader takes nothing of epoch 3 behind something of epoch 4.
    BOOST_TEST((all.contradicted_by(as_read(5, 0, 4)) == log_offset{10}));
    all.stored(log_offset{12});
    BOOST_TEST(!all.awaits_store());
    BOOST_TEST(!all.contradicted_by(as_read(10, 2)));
}

BOOST_AUTO_TEST_CASE(a_cut_takes_what_was_acknowledged_behind_it) {
    batches_under_way all;
    all.acknowledged(send(all, 1), log_offset{10});
    all.acknowledged(send(all, 2), log_offset{12});
    all.cut(log_offset{12});
    BOOST_TEST(all.awaits_store());
    BOOST_TEST((all.contradicted_by(as_read(10, 7)) == log_offset{10}));
    BOOST_TEST(!all.contradicted_by(as_read(12, 7)));
}

BOOST_AUTO_TEST_SUITE_END()
