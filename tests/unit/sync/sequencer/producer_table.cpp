#include "sync/sequencer/producer_table.hpp"

#include "protocol/core/producer_identity.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

namespace bkes::sync {

namespace {

using standing = producer_table::standing;
using miss = producer_table::miss;

producer_sequence batch(std::int16_t epoch, std::int32_t base, std::int32_t count = 1,
                        std::int64_t producer = 7) {
    return {producer_id{producer}, producer_epoch{epoch}, sequence_number{base}, count};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_producer_table)

BOOST_AUTO_TEST_CASE(takes_any_first_sequence_of_an_unknown_producer) {
    producer_table table{10};
    BOOST_TEST((table.check(batch(3, 42)).what == standing::next));
    BOOST_TEST(table.size() == 0U);
}

BOOST_AUTO_TEST_CASE(knows_the_last_five_batches_again) {
    producer_table table{10};
    for (int i = 0; i < 6; ++i) table.written(batch(0, 2 * i, 2), log_offset{100 + i});
    for (int i = 1; i < 6; ++i) {
        const auto found = table.check(batch(0, 2 * i, 2));
        BOOST_TEST((found.what == standing::duplicate));
        BOOST_TEST(found.original.value() == 100 + i);
    }
    BOOST_TEST((table.check(batch(0, 0, 2)).what == standing::out_of_order));
    BOOST_TEST((table.check(batch(0, 10, 1)).what == standing::out_of_order));  // other bounds
    BOOST_TEST((table.check(batch(0, 12, 1)).what == standing::next));
    BOOST_TEST((table.check(batch(0, 13, 1)).what == standing::out_of_order));
}

BOOST_AUTO_TEST_CASE(the_same_sequences_with_other_content_are_no_resend) {
    producer_table table{10};
    const auto with_content = [](std::uint32_t crc, std::int32_t base) {
        auto made = batch(0, base, 2);
        made.content_crc = crc;
        return made;
    };
    table.written(with_content(1, 0), log_offset{100});
    table.written(with_content(1, 2), log_offset{102});
    BOOST_TEST((table.check(with_content(2, 0)).what == standing::out_of_order));
    BOOST_TEST((table.check(with_content(2, 2)).what == standing::out_of_order));
    BOOST_TEST((table.check(with_content(1, 2)).what == standing::duplicate));
    BOOST_TEST((table.check(with_content(2, 4)).what == standing::next));
}

BOOST_AUTO_TEST_CASE(a_refused_batch_may_come_again_with_other_content) {
    producer_table table{10};
    auto refused = batch(0, 0);
    refused.content_crc = 1;
    table.missed(refused, miss::refused);
    refused.content_crc = 2;
    BOOST_TEST((table.check(refused).what == standing::next));
}

BOOST_AUTO_TEST_CASE(a_new_epoch_starts_at_zero_and_ends_the_old_one) {
    producer_table table{10};
    table.written(batch(1, 5), log_offset{0});
    BOOST_TEST((table.check(batch(2, 6)).what == standing::out_of_order));
    BOOST_TEST((table.check(batch(2, 0)).what == standing::next));
    table.written(batch(2, 0), log_offset{1});
    BOOST_TEST((table.check(batch(1, 6)).what == standing::old_epoch));
    BOOST_TEST((table.check(batch(1, 5)).what == standing::old_epoch));
    BOOST_TEST((table.check(batch(2, 1)).what == standing::next));
}

BOOST_AUTO_TEST_CASE(after_a_refused_batch_only_that_sequence_or_a_new_epoch_goes_on) {
    producer_table table{10};
    table.missed(batch(0, 4), miss::refused);
    BOOST_TEST((table.check(batch(0, 5)).what == standing::out_of_order));
    BOOST_TEST((table.check(batch(1, 3)).what == standing::out_of_order));
    BOOST_TEST((table.check(batch(1, 0)).what == standing::next));
    BOOST_TEST((table.check(batch(0, 4, 9)).what == standing::next));
    table.written(batch(0, 4, 1), log_offset{0});
    BOOST_TEST((table.check(batch(0, 5)).what == standing::next));
}

BOOST_AUTO_TEST_CASE(what_follows_a_deferred_batch_is_deferred_too) {
    producer_table table{10};
    table.written(batch(0, 0), log_offset{0});
    table.missed(batch(0, 1), miss::deferred);
    BOOST_TEST((table.check(batch(0, 2)).what == standing::deferred));
    BOOST_TEST((table.check(batch(0, 1)).what == standing::next));
    BOOST_TEST((table.check(batch(0, 0)).what == standing::duplicate));
}

BOOST_AUTO_TEST_CASE(a_refused_new_epoch_counts_as_the_newest) {
    producer_table table{10};
    table.written(batch(0, 0), log_offset{0});
    table.missed(batch(1, 0), miss::refused);
    BOOST_TEST((table.check(batch(0, 1)).what == standing::old_epoch));
    BOOST_TEST((table.check(batch(1, 1)).what == standing::out_of_order));
    BOOST_TEST((table.check(batch(1, 0)).what == standing::next));
    BOOST_TEST((table.check(batch(2, 0)).what == standing::next));
}

BOOST_AUTO_TEST_CASE(sequences_go_on_at_zero_after_the_largest) {
    constexpr auto max = std::numeric_limits<std::int32_t>::max();
    BOOST_TEST(sequence_after(sequence_number{max}, 1).value() == 0);
    BOOST_TEST(sequence_after(sequence_number{max - 1}, 4).value() == 2);
    producer_table table{10};
    table.written(batch(0, max - 1, 4), log_offset{9});
    BOOST_TEST((table.check(batch(0, 2)).what == standing::next));
    BOOST_TEST((table.check(batch(0, max - 1, 4)).what == standing::duplicate));
    table.missed(batch(0, max), miss::deferred);
    BOOST_TEST((table.check(batch(0, 3)).what == standing::deferred));
}

BOOST_AUTO_TEST_CASE(forgets_the_producer_not_heard_of_for_longest) {
    producer_table table{2};
    table.written(batch(0, 0, 1, 1), log_offset{0});
    table.written(batch(0, 0, 1, 2), log_offset{1});
    BOOST_TEST((table.check(batch(0, 0, 1, 1)).what == standing::duplicate));
    table.written(batch(0, 0, 1, 3), log_offset{2});
    BOOST_TEST(table.size() == 2U);
    BOOST_TEST((table.check(batch(0, 0, 1, 1)).what == standing::duplicate));
    BOOST_TEST((table.check(batch(0, 9, 1, 2)).what == standing::next));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::sync
