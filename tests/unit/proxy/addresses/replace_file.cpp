#include "proxy/addresses/replace_file.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>

namespace {

using bkes::proxy::replace_file;

struct fixture {
    std::filesystem::path folder = std::filesystem::temp_directory_path() /
                                   ("bkes-replace-file-" + std::to_string(::getpid()));
    std::string file = folder / "file";

    fixture() { std::filesystem::create_directories(folder); }

    ~fixture() { std::filesystem::remove_all(folder); }

    [[nodiscard]] std::string content() const {
        std::ifstream in{file};
        return {std::istreambuf_iterator<char>{in}, {}};
    }
};

BOOST_FIXTURE_TEST_SUITE(proxy_replace_file, fixture)

BOOST_AUTO_TEST_CASE(writes_and_replaces) {
    BOOST_TEST(!replace_file(file, "first, and longer than the second"));
    BOOST_TEST(!replace_file(file, "second"));
    BOOST_TEST(content() == "second");
    BOOST_TEST(std::distance(std::filesystem::directory_iterator{folder}, {}) == 1);
}

BOOST_AUTO_TEST_CASE(keeps_the_old_file_when_the_new_one_can_not_be_written) {
    BOOST_TEST(!replace_file(file, "old"));
    std::filesystem::create_directory(file + ".new");
    BOOST_TEST((replace_file(file, "new") == std::errc::is_a_directory));
    BOOST_TEST(content() == "old");
    BOOST_TEST(
        (replace_file(folder / "missing" / "file", "") == std::errc::no_such_file_or_directory));
    // Every write there finds the disk full.
    std::filesystem::remove(file + ".new");
    std::filesystem::create_symlink("/dev/full", file + ".new");
    BOOST_TEST((replace_file(file, "new") == std::errc::no_space_on_device));
    BOOST_TEST(content() == "old");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
