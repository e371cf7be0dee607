#include "store/format.hpp"
#include "tests/unit/store/store_fixture.hpp"

#include <rocksdb/db.h>

#include <fstream>

using namespace bkes;
using namespace bkes::store;
using namespace bkes::store::test;

namespace {

constexpr partition_id p0{0};

struct written_store : store_fixture {
    written_store() {
        open();
        apply(p0, {event_at(0, "a"), event_at(1, "b")});
        store.reset();
        log.clear();
    }

    std::error_code open_error(store_options wanted) {
        const auto opened = event_store::open(std::move(wanted));
        return opened ? std::error_code{} : opened.error();
    }

    void set_state(const stored_position& position) {
        change_files([&](rocksdb::DB& database, const family_of& family) {
            bytes key;
            bytes value;
            append_position_key(key, in_partition(p0));
            append_position(value, position);
            BOOST_REQUIRE(database.Put({}, family(positions_family), key, value).ok());
        });
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(store_rocks_open, written_store)

BOOST_AUTO_TEST_CASE(finds_what_was_written) {
    open();
    BOOST_TEST(head("a")->next_order.value() == 1);
    BOOST_TEST((store->position(in_partition(p0)).value() == position_at(2)));
    BOOST_TEST(log.empty());
}

/// RocksDB's own would be written to a full disk as well, and can't bear that.
BOOST_AUTO_TEST_CASE(nothing_is_logged_into_its_directory) {
    open();
    for (const auto& file : std::filesystem::directory_iterator{store_path()}) {
        BOOST_TEST(!file.path().filename().string().starts_with("LOG"), file.path());
    }
}

BOOST_AUTO_TEST_CASE(refuses_a_directory_in_use) {
    open();
    BOOST_TEST(open_error(options()) == make_error_code(store_errc::in_use));
    BOOST_TEST(logged("is in use by another process"));
}

BOOST_AUTO_TEST_CASE(refuses_the_store_of_another_cluster) {
    auto other = options();
    other.cluster_id = "another";
    BOOST_TEST(open_error(std::move(other)) == make_error_code(store_errc::other_cluster));
    BOOST_TEST(logged("cluster=test-cluster this_cluster=another"));
    open();
    BOOST_TEST(head("a").has_value());
}

BOOST_AUTO_TEST_CASE(empties_the_store_of_another_format) {
    change_files([](rocksdb::DB& database, const family_of& family) {
        BOOST_REQUIRE(
            database.Put({}, family(rocksdb::kDefaultColumnFamilyName), format_version_key, "0")
                .ok());
        rocksdb::ColumnFamilyHandle* old = nullptr;
        BOOST_REQUIRE(database.CreateColumnFamily({}, "of_old", &old).ok());
        database.DestroyColumnFamilyHandle(old);
    });
    open();
    BOOST_TEST(logged("format=0 own_format="));
    BOOST_TEST(store->figures().was_other_format);
    BOOST_TEST(!head("a"));
    BOOST_TEST(!store->position(in_partition(p0)).value());
    apply(p0, {event_at(0, "a")});
    open();
    BOOST_TEST(!store->figures().was_other_format);
    BOOST_TEST(head("a").has_value());
}

BOOST_AUTO_TEST_CASE(leaves_a_database_alone_that_is_not_its_own) {
    change_files([](rocksdb::DB& database, const family_of& family) {
        BOOST_REQUIRE(
            database.Delete({}, family(rocksdb::kDefaultColumnFamilyName), format_version_key)
                .ok());
    });
    BOOST_TEST(open_error(options()) == make_error_code(store_errc::corrupt));
    BOOST_TEST(logged("isn't bkes'"));
}

BOOST_AUTO_TEST_CASE(names_the_cure_for_damaged_files) {
    std::ofstream{store_path() / "CURRENT"} << "nonsense\n";
    BOOST_TEST(open_error(options()) == make_error_code(store_errc::corrupt));
    BOOST_TEST(logged("delete this directory"));
}

BOOST_AUTO_TEST_CASE(names_the_cure_for_a_missing_table) {
    for (const auto& file : std::filesystem::directory_iterator{store_path()}) {
        if (file.path().extension() == ".sst") {
            std::filesystem::remove(file);
        }
    }
    BOOST_TEST(open_error(options()) == make_error_code(store_errc::corrupt));
    BOOST_TEST(logged("delete this directory"));
}

BOOST_AUTO_TEST_CASE(notices_damage_inside_a_table) {
    for (const auto& file : std::filesystem::directory_iterator{store_path()}) {
        if (file.path().extension() == ".sst") {
            std::fstream table{file.path(), std::ios::in | std::ios::out | std::ios::binary};
            table.seekp(4);
            table.write("\x55\x55\x55\x55", 4);
        }
    }
    // Whichever is read first finds it: the positions at open, or an event.
    const auto opened = event_store::open(options());
    std::error_code error;
    if (!opened) {
        error = opened.error();
    } else if (const auto found = (*opened)->find_head(test_topic, "a"); !found) {
        error = found.error();
    }
    BOOST_TEST(error == make_error_code(store_errc::corrupt));
    BOOST_TEST((logged("delete this directory") || logged("delete ")));
}

BOOST_AUTO_TEST_CASE(ends_a_truncation_that_a_crash_interrupted) {
    set_state({partition_state::truncating, position_at(1)});
    open();
    BOOST_TEST((store->position(in_partition(p0)).value() == position_at(1)));
    BOOST_TEST(head("a").has_value());
    BOOST_TEST(!head("b"));
}

BOOST_AUTO_TEST_CASE(ends_a_drop_that_a_crash_interrupted) {
    set_state({partition_state::dropping, position_at(1)});
    open();
    BOOST_TEST(!store->position(in_partition(p0)).value());
    BOOST_TEST(!head("a"));
    BOOST_TEST(read(p0, "b").empty());
}

BOOST_AUTO_TEST_CASE(says_why_a_directory_cannot_be_made) {
    auto wanted = options();
    wanted.directory = "/proc/nowhere/store";
    BOOST_TEST(open_error(std::move(wanted)) == make_error_code(store_errc::io_failed));
    BOOST_TEST(logged("/proc/nowhere/store"));
}

BOOST_AUTO_TEST_SUITE_END()
