#include "sync/aggregate_reader.hpp"

#include "sync/log/key_watch.hpp"
#include "sync/partition/read_proof.hpp"
#include "sync/partition/readable_watch.hpp"

#include <algorithm>
#include <utility>

namespace bkes::sync {

namespace {

using kind = read_refusal::kind;

std::unexpected<read_refusal> refused(std::optional<wait_result> proof,
                                      std::optional<partition_id> partition) {
    const auto why = proof == wait_result::not_owner ? kind::not_owner : kind::not_ready;
    return std::unexpected{read_refusal{.why = why, .partition = partition}};
}

std::unexpected<read_refusal> store_failed() {
    return std::unexpected{read_refusal{.why = kind::store_failed}};
}

}  // namespace

aggregate_reader::aggregate_reader(store::event_store& store, const read_proof& proof,
                                   key_watch& grown, std::chrono::milliseconds hold)
    : store_{store},
      proof_{proof},
      grown_{grown},
      hold_{hold},
      readable_{std::make_shared<readable_watch>(
          [&proof](bytes_view topic, std::optional<partition_id> partition, read_moment began) {
              return proof.standing(topic, partition, began);
          })} {}

aggregate_reader::~aggregate_reader() = default;

bool aggregate_reader::is_near(bytes_view topic, std::optional<partition_id> partition) const {
    return proof_.is_near(topic, partition);
}

void aggregate_reader::readable_changed() {
    readable_->changed();
}

/// Of a key never seen: where it would get its first event, if that is certain.
result<std::optional<partition_id>> aggregate_reader::find_home(bytes_view topic,
                                                                bytes_view key) const {
    const auto head = store_.find_head(topic, key);
    if (!head) {
        return failure{head.error()};
    }
    return *head ? (*head)->partition : proof_.home_of_new_key(topic, key);
}

/// The proof of ownership comes after the head was read: what the head shows was so while nobody else
/// could answer. Events that are added from then on only make the answer younger. What the owner said
/// comes before: the store that is read has all of that.
read_result<void> aggregate_reader::read(read_moment began, bytes_view topic, bytes_view key,
                                         const store::head_visitor& start,
                                         const store::event_visitor& visit,
                                         store::read_direction direction) {
    std::optional<partition_id> home;
    if (proof_.is_shared()) {
        const auto found = find_home(topic, key);
        if (!found) {
            return store_failed();
        }
        home = *found;
        if (const auto proof = proof_.may_be_read(topic, home, began, key);
            proof != wait_result::reached) {
            return refused(proof, home);
        }
    }
    std::optional<wait_result> proof;
    const auto begin = [&](const std::optional<store::aggregate_head>& head) {
        const auto expected = std::exchange(
            home, head ? std::optional{head->partition} : proof_.home_of_new_key(topic, key));
        if (!proof_.is_shared() || home == expected) {
            proof = proof_.may_be_read(topic, home, began, key);
        }
        return proof == wait_result::reached ? start(head) : std::nullopt;
    };
    if (!store_.read_aggregate(topic, key, direction, begin, visit)) {
        return store_failed();
    }
    if (proof != wait_result::reached) {
        return refused(proof, home);
    }
    return {};
}

read_result<std::vector<store::listed_key>> aggregate_reader::list_keys(
    read_moment began, bytes_view topic, bytes_view prefix, std::optional<bytes_view> after,
    std::size_t limit, std::size_t bytes_max) {
    if (proof_.is_shared()) {
        if (const auto proof = proof_.may_be_read(topic, std::nullopt, began);
            proof != wait_result::reached) {
            return refused(proof, std::nullopt);
        }
    }
    auto listed = store_.list_keys(topic, prefix, after, limit, bytes_max);
    if (!listed) {
        return store_failed();
    }
    const auto proof = proof_.may_be_read(topic, std::nullopt, began);
    if (proof != wait_result::reached) {
        return refused(proof, std::nullopt);
    }
    return std::move(*listed);
}

/// Whoever doesn't want to wait for a catch-up waits for a proof of ownership all the same.
wait_ticket aggregate_reader::when_readable(read_moment began, bytes_view topic,
                                            std::optional<partition_id> partition,
                                            std::chrono::steady_clock::time_point deadline,
                                            boost::asio::io_context& context, wait_callback done) {
    if (is_near(topic, partition)) {
        deadline = std::max(deadline, std::chrono::steady_clock::now() + hold_);
    }
    return readable_->wait(topic, partition, began, deadline, context, std::move(done));
}

wait_ticket aggregate_reader::when_order_reached(bytes_view topic, bytes_view key,
                                                 event_order min_next_order,
                                                 boost::asio::io_context& context,
                                                 std::move_only_function<void()> reached) {
    return grown_.wait(topic, key, min_next_order, context, std::move(reached));
}

}  // namespace bkes::sync
