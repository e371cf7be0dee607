#pragma once
// A store in a directory of its own, and its comparison with the model.

#include "store/errors.hpp"
#include "store/event_store.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/unit/store/memory_model.hpp"

#include <boost/test/unit_test.hpp>
#include <rocksdb/db.h>

#include <filesystem>
#include <functional>
#include <limits>
#include <string>

namespace bkes::store::test {

using bkes::test::temporary_directory;

using family_of = std::function<rocksdb::ColumnFamilyHandle*(const std::string& name)>;

struct store_fixture {
    temporary_directory directory;
    std::vector<std::string> log;
    std::unique_ptr<event_store> store;
    std::size_t memory_bytes = std::size_t{16} << 20U;

    [[nodiscard]] store_options options();
    /// Opens (after closing, if open); fails the test if that fails.
    void open();

    [[nodiscard]] std::filesystem::path store_path() const { return directory.path() / "store"; }

    /// Closes the store, and hands its files to `change` as plain RocksDB.
    void change_files(const std::function<void(rocksdb::DB&, const family_of&)>& change);
    /// Closes the store: `firsts` has an entry for each head (format.hpp), and no other.
    void check_firsts();

    [[nodiscard]] bool logged(std::string_view text) const;

    /// Applies and fails the test if that fails; the position goes one past the last offset.
    apply_report apply(partition_id partition, const std::vector<owned_event>& events);
    [[nodiscard]] std::vector<owned_event> read(partition_id partition, const bytes& key,
                                                event_order from = event_order{0}) const;
    [[nodiscard]] std::optional<aggregate_head> head(const bytes& key) const;
};

inline constexpr bytes_view test_topic = "bkes";
inline constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

inline topic_partition in_partition(partition_id partition) {
    return {test_topic, partition};
}

/// With a body that tells it from others.
owned_event event_at(std::int64_t offset, const bytes& key, std::int64_t timestamp_ms = 1000);

log_position position_at(std::int64_t offset);

result<apply_report> apply_when_not_busy(event_store& store, partition_id partition,
                                         const std::vector<owned_event>& events,
                                         const log_position& after);

/// Every head, event, listed key and position.
void check_equal(event_store& store, const memory_model& model);

}  // namespace bkes::store::test
