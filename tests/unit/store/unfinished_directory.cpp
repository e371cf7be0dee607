#include "store/unfinished_directory.hpp"

#include "tests/unit/store/store_fixture.hpp"

#include <fstream>

using namespace bkes::store;
using namespace bkes::store::test;

namespace {

namespace fs = std::filesystem;

struct place_to_fill {
    temporary_directory around;
    fs::path place = around.path() / "place";
    fs::path beside = around.path() / "place.unfinished";

    unfinished_directory make() const {
        auto made = unfinished_directory::make(place);
        BOOST_REQUIRE_MESSAGE(made, (made ? std::string{} : made.error()));
        std::ofstream{made->path() / "file"} << "text";
        return std::move(*made);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(store_unfinished_directory, place_to_fill)

BOOST_AUTO_TEST_CASE(is_there_when_it_is_finished) {
    auto made = make();
    BOOST_TEST(made.path() == fs::canonical(beside));
    BOOST_TEST(!fs::exists(place));
    BOOST_REQUIRE(made.finish());
    BOOST_TEST(fs::exists(place / "file"));
    BOOST_TEST(!fs::exists(beside));
}

BOOST_AUTO_TEST_CASE(goes_with_who_makes_it) {
    {
        const auto made = make();
    }
    BOOST_TEST(!fs::exists(beside));
    BOOST_TEST(!fs::exists(place));
}

BOOST_AUTO_TEST_CASE(replaces_what_a_crash_left) {
    fs::create_directories(beside / "old");
    BOOST_REQUIRE(make().finish());
    BOOST_TEST(!fs::exists(place / "old"));
    BOOST_TEST(fs::exists(place / "file"));
}

BOOST_AUTO_TEST_CASE(is_made_by_one_at_a_time) {
    auto made = make();
    const auto second = unfinished_directory::make(place);
    BOOST_REQUIRE(!second);
    BOOST_TEST(second.error().contains("somebody else works on"));
    BOOST_REQUIRE(made.finish());
    BOOST_TEST(fs::exists(place / "file"));
}

BOOST_AUTO_TEST_CASE(what_came_into_its_place_meanwhile_stays) {
    {
        auto made = make();
        fs::create_directories(place / "other");
        const auto finished = made.finish();
        BOOST_REQUIRE(!finished);
        BOOST_TEST(finished.error().contains("can't be renamed"));
    }
    BOOST_TEST(fs::exists(place / "other"));
    BOOST_TEST(!fs::exists(beside));
}

BOOST_AUTO_TEST_CASE(what_another_may_take_away_is_no_place) {
    fs::create_directory(beside);
    for (const auto& name : {beside, beside / "", around.path() / ".unfinished"}) {
        const auto made = unfinished_directory::make(name);
        BOOST_REQUIRE(!made);
        BOOST_TEST(made.error().contains("isn't whole yet"));
    }
    BOOST_TEST(has_unfinished_name(beside));
    BOOST_TEST(!has_unfinished_name(beside / "in it"));
    BOOST_TEST(fs::is_empty(beside));
}

BOOST_AUTO_TEST_CASE(a_link_leads_to_the_place) {
    fs::create_directory(around.path() / "real");
    fs::create_directory_symlink(around.path() / "real", place);
    BOOST_REQUIRE(make().finish());
    BOOST_TEST(fs::exists(around.path() / "real" / "file"));
    BOOST_TEST(fs::is_symlink(place));
}

BOOST_AUTO_TEST_CASE(a_slash_at_the_end_is_no_name) {
    place += "/";
    BOOST_REQUIRE(make().finish());
    BOOST_TEST(fs::exists(place / "file"));
}

BOOST_AUTO_TEST_SUITE_END()
