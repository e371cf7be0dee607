#include "store/received_store.hpp"

#include "tests/unit/store/store_fixture.hpp"

#include <algorithm>
#include <cstddef>
#include <fstream>

using namespace bkes;
using namespace bkes::store;
using namespace bkes::store::test;

namespace {

namespace fs = std::filesystem;

constexpr partition_id p0{0};
constexpr std::size_t one_piece = std::size_t{1} << 20U;

/// A restore point of a store, and where another one is to come to be.
struct point_fixture : store_fixture {
    memory_model model;
    std::string place = (directory.path() / "point").string();
    std::size_t piece_bytes = one_piece;
    /// Between the disk of one and that of the other.
    std::function<void(const restore_point_file&, std::uint64_t position, bytes& piece)>
        on_the_way = [](const auto&, auto, auto&) {};

    point_fixture() {
        open();
        std::vector<owned_event> events;
        for (int number = 0; number < 2'000; ++number) {
            events.push_back(event_at(number, "key " + std::to_string(number % 97)));
        }
        apply(p0, events);
        model.apply(p0, events, position_at(2'000));
        BOOST_REQUIRE(store->checkpoint(place));
    }

    [[nodiscard]] store_options into() {
        auto wanted = options();
        wanted.directory = (directory.path() / "second" / "store").string();
        return wanted;
    }

    [[nodiscard]] restore_point_contents contents() const {
        auto found = contents_of(place);
        BOOST_REQUIRE_MESSAGE(found, (found ? std::string{} : found.error()));
        return std::move(*found);
    }

    std::expected<restore_report, std::string> receive() {
        const auto sent = contents();
        auto arriving = received_store::begin(sent, into());
        if (!arriving) {
            return std::unexpected{arriving.error()};
        }
        while (const auto next = arriving->next()) {
            const auto& file = sent.files[next->file];
            auto piece = read_piece(place, file, next->position, piece_bytes);
            BOOST_REQUIRE(piece);
            on_the_way(file, next->position, *piece);
            if (auto written = arriving->write(*piece); !written) {
                return std::unexpected{written.error()};
            }
        }
        BOOST_TEST(arriving->bytes_written() == arriving->bytes_in_all());
        return arriving->finish();
    }

    std::string refusal_of(const restore_point_contents& sent) {
        const auto begun = received_store::begin(sent, into());
        return begun ? "it was begun" : begun.error();
    }

    void check_nothing_is_there() {
        BOOST_TEST(!holds_store(into().directory));
        BOOST_TEST(!fs::exists(into().directory + ".unfinished"));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(store_received_store, point_fixture)

BOOST_AUTO_TEST_CASE(is_the_store_that_was_sent) {
    for (const std::size_t bytes : {std::size_t{1'000}, std::size_t{4'097}, one_piece}) {
        piece_bytes = bytes;
        const auto received = receive();
        BOOST_REQUIRE_MESSAGE(received, (received ? std::string{} : received.error()));
        BOOST_TEST(received->copied_bytes > 10'000U);
        BOOST_TEST(received->linked_bytes == 0U);
        BOOST_REQUIRE(received->partitions.size() == 1U);
        BOOST_TEST((received->partitions[0].position == position_at(2'000)));
        {
            const auto opened = event_store::open(into());
            BOOST_REQUIRE(opened);
            check_equal(**opened, model);
        }
        fs::remove_all(into().directory);
    }
    BOOST_TEST(log.empty());
}

BOOST_AUTO_TEST_CASE(a_piece_ends_with_its_file_and_begins_where_it_is_asked_for) {
    const auto sent = contents();
    BOOST_TEST(std::ranges::is_sorted(sent.files, {}, &restore_point_file::name));
    const auto table = *std::ranges::find_if(
        sent.files, [](const auto& one) { return one.name.ends_with(".sst"); });
    const auto whole = read_piece(place, table, 0, one_piece);
    BOOST_REQUIRE(whole);
    BOOST_TEST(whole->size() == table.size);
    BOOST_TEST((read_piece(place, table, 100, 50) == whole->substr(100, 50)));
    BOOST_TEST((read_piece(place, table, table.size - 1, 50) == whole->substr(whole->size() - 1)));
    BOOST_TEST(read_piece(place, table, table.size, 50)->empty());
    BOOST_TEST(!read_piece(place, {"none.sst", 10}, 0, 10));
}

BOOST_AUTO_TEST_CASE(damage_on_the_way_is_found_when_its_table_is_whole) {
    piece_bytes = 1'000;
    const auto sent = contents();
    const auto largest = std::ranges::max(sent.files, {}, &restore_point_file::size);
    BOOST_REQUIRE(largest.name.ends_with(".sst"));
    std::string newest;
    on_the_way = [&](const restore_point_file& file, std::uint64_t position, bytes& piece) {
        newest = file.name;
        if (file.name == largest.name && position == 1'000) {  // an event's
            piece[10] = static_cast<char>(piece[10] ^ 1);
        }
    };
    const auto received = receive();
    BOOST_REQUIRE(!received);
    BOOST_TEST(received.error().contains("its files are damaged"));
    BOOST_TEST(newest == largest.name);
    check_nothing_is_there();
}

BOOST_AUTO_TEST_CASE(damage_of_what_names_the_tables_is_found_at_the_end) {
    on_the_way = [](const restore_point_file& file, std::uint64_t, bytes& piece) {
        if (file.name.starts_with("MANIFEST-")) {
            piece[piece.size() / 2] = static_cast<char>(piece[piece.size() / 2] ^ 1);
        }
    };
    const auto received = receive();
    BOOST_REQUIRE(!received);
    BOOST_TEST(received.error().contains("its files are damaged"));
    check_nothing_is_there();
}

BOOST_AUTO_TEST_CASE(a_file_is_as_long_as_it_was_said_to_be) {
    on_the_way = [](const restore_point_file&, std::uint64_t, bytes& piece) { piece += "more"; };
    BOOST_TEST(receive().error().contains("isn't as long as it was said to be"));
    on_the_way = [](const restore_point_file&, std::uint64_t, bytes& piece) { piece.clear(); };
    BOOST_TEST(receive().error().contains("isn't as long as it was said to be"));
    check_nothing_is_there();
}

BOOST_AUTO_TEST_CASE(a_list_without_the_tables_is_no_store) {
    auto sent = contents();
    std::erase_if(sent.files, [](const auto& one) { return one.name.ends_with(".sst"); });
    auto arriving = received_store::begin(sent, into());
    BOOST_REQUIRE(arriving);
    while (const auto next = arriving->next()) {
        BOOST_REQUIRE(
            arriving->write(*read_piece(place, sent.files[next->file], 0, 64 * one_piece)));
    }
    BOOST_TEST(arriving->finish().error().contains("its files are damaged"));
}

BOOST_AUTO_TEST_CASE(what_is_not_finished_is_gone_with_it) {
    {
        const auto sent = contents();
        auto arriving = received_store::begin(sent, into());
        BOOST_REQUIRE(arriving);
        BOOST_REQUIRE(arriving->write(*read_piece(place, sent.files[0], 0, 1)));
        BOOST_TEST(fs::exists(into().directory + ".unfinished"));
        BOOST_TEST(!holds_store(into().directory));
    }
    check_nothing_is_there();
}

BOOST_AUTO_TEST_CASE(a_store_that_is_there_stays) {
    BOOST_REQUIRE(receive());
    BOOST_TEST(receive().error().contains("the directory isn't empty"));
    BOOST_TEST(holds_store(into().directory));
}

BOOST_AUTO_TEST_CASE(another_cluster_or_format_is_refused_with_both) {
    auto other = contents();
    other.facts.cluster_id = "another";
    BOOST_TEST(refusal_of(other) ==
               "it is of the Kafka cluster another, and this one is test-cluster");
    other = contents();
    other.facts.format_version = "77";
    BOOST_TEST(refusal_of(other) == "it has the store's format 77, and this bkes has 3");
    check_nothing_is_there();
}

BOOST_AUTO_TEST_CASE(names_that_lead_elsewhere_and_impossible_sizes_are_refused) {
    const auto long_name = std::string(256, 'a');
    for (const std::string& name :
         {std::string{"../escaped.sst"}, std::string{"/tmp/x"}, std::string{"a/b"},
          std::string{"."}, std::string{".."}, std::string{}, std::string{"a\0b", 3}, long_name}) {
        auto sent = contents();
        sent.files.push_back({name, 1});
        BOOST_TEST(refusal_of(sent) == "it names files that no store has");
    }
    auto sent = contents();
    sent.files.push_back({"a", static_cast<std::uint64_t>(-1)});
    BOOST_TEST(refusal_of(sent) == "it names files that no store has");
    sent.files.back().size = std::uint64_t{1} << 62U;
    sent.files.push_back({"b", std::uint64_t{1} << 62U});
    BOOST_TEST(refusal_of(sent) == "it names files that no store has");
    check_nothing_is_there();
}

BOOST_AUTO_TEST_CASE(the_same_name_twice_and_files_without_bytes) {
    auto sent = contents();
    sent.files = {{"empty", 0}, {"a", 1}, {"a", 1}};
    auto arriving = received_store::begin(sent, into());
    BOOST_REQUIRE(arriving);
    BOOST_TEST(arriving->next()->file == 1U);
    BOOST_TEST(arriving->write("x").error().contains("a can't be written: File exists"));
}

BOOST_AUTO_TEST_SUITE_END()
