#include "sync/net/tls_source.hpp"

#include "tests/support/certificates.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <memory>

namespace {

using bkes::sync::tls_files;
using bkes::sync::tls_source;
namespace files_of = std::filesystem;

struct fixture {
    bkes::test::authority ca{"bkes tls_source"};
    bkes::test::certificate_files shown = ca.sign_for("shown", "DNS:shown");
    int times_made = 0;
    std::string problem;

    std::shared_ptr<tls_source> open() {
        auto opened = tls_source::open({.ca_location = ca.location(),
                                        .certificate_location = shown.certificate,
                                        .key_location = shown.key},
                                       [this](const tls_files&) -> tls_source::outcome {
                                           ++times_made;
                                           if (!problem.empty()) {
                                               return std::unexpected{problem};
                                           }
                                           return std::make_shared<boost::asio::ssl::context>(
                                               boost::asio::ssl::context::tls_server);
                                       });
        BOOST_REQUIRE(opened);
        return *opened;
    }

    /// As another file of the same name.
    static void replace(const std::string& path, const std::string& content) {
        std::ofstream{path + ".new"} << content;
        files_of::rename(path + ".new", path);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sync_net_tls_source, fixture)

BOOST_AUTO_TEST_CASE(a_first_problem_is_told) {
    problem = "no good";
    const auto opened = tls_source::open(
        {}, [this](const auto&) { return tls_source::outcome{std::unexpected{problem}}; });
    BOOST_REQUIRE(!opened);
    BOOST_TEST(opened.error() == "no good");
}

BOOST_AUTO_TEST_CASE(nothing_changes_by_itself) {
    const auto source = open();
    const auto first = source->current();
    BOOST_TEST(!source->have_files_changed());
    BOOST_TEST(!source->have_files_changed());
    BOOST_TEST((source->current() == first));
    BOOST_TEST(times_made == 1);
}

BOOST_AUTO_TEST_CASE(a_change_is_seen_once_and_when_it_is_over) {
    const auto source = open();
    replace(shown.certificate, "a certificate");
    BOOST_TEST(!source->have_files_changed());
    replace(shown.key, "its key");
    BOOST_TEST(!source->have_files_changed());
    BOOST_TEST(source->have_files_changed());
    BOOST_TEST(!source->have_files_changed());
    BOOST_TEST(times_made == 1);  // whoever asked decides
}

BOOST_AUTO_TEST_CASE(each_of_the_files_counts) {
    const auto source = open();
    for (const auto& path : {ca.location(), shown.certificate, shown.key}) {
        replace(path, path + " and more");
        BOOST_TEST(!source->have_files_changed());
        BOOST_TEST(source->have_files_changed());
    }
    files_of::remove(shown.key);
    BOOST_TEST(!source->have_files_changed());
    BOOST_TEST(source->have_files_changed());
}

/// As Kubernetes mounts them: a link to a folder is changed, file times may be the same.
BOOST_AUTO_TEST_CASE(so_does_where_a_link_leads) {
    const auto folder = files_of::path{ca.folder()};
    const auto written = files_of::file_time_type::clock::now();
    for (const auto* version : {"1", "2"}) {
        files_of::create_directory(folder / version);
        std::ofstream{folder / version / "tls.crt"} << "same size";
        files_of::last_write_time(folder / version / "tls.crt", written);
    }
    files_of::create_directory_symlink("1", folder / "data");
    shown.certificate = folder / "data" / "tls.crt";
    const auto source = open();
    files_of::create_directory_symlink("2", folder / "new");
    files_of::rename(folder / "new", folder / "data");
    BOOST_TEST(!source->have_files_changed());
    BOOST_TEST(source->have_files_changed());
}

BOOST_AUTO_TEST_CASE(what_is_read_again_is_in_force) {
    const auto source = open();
    const auto first = source->current();
    BOOST_TEST(bool{source->reload()});
    BOOST_TEST((source->current() != first));
}

BOOST_AUTO_TEST_CASE(what_can_not_be_read_again_changes_nothing) {
    const auto source = open();
    const auto first = source->current();
    problem = "half a file";
    const auto again = source->reload();
    BOOST_REQUIRE(!again);
    BOOST_TEST(again.error() == "half a file");
    BOOST_TEST((source->current() == first));
}

BOOST_AUTO_TEST_CASE(files_that_were_tried_are_not_tried_again) {
    const auto source = open();
    replace(shown.certificate, "half a file");
    BOOST_TEST(!source->have_files_changed());
    problem = "half a file";
    BOOST_TEST(!source->reload());  // asked for by somebody meanwhile
    BOOST_TEST(!source->have_files_changed());
}

BOOST_AUTO_TEST_SUITE_END()
