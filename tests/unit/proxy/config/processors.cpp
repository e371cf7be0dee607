#include "proxy/config/processors.hpp"

#include "tests/support/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <string_view>
#include <thread>

namespace {

using bkes::proxy::usable_processors;

void write(const std::filesystem::path& file, std::string_view text) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream{file} << text << '\n';
}

struct machine {
    bkes::test::temporary_directory directory;
    std::filesystem::path proc = directory.path() / "proc";
    std::filesystem::path groups = directory.path() / "sys/fs/cgroup";

    [[nodiscard]] unsigned usable() const {
        return usable_processors(proc, directory.path() / "sys");
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(proxy_config_processors, machine)

BOOST_AUTO_TEST_CASE(without_a_limit_it_is_all_of_them) {
    const auto all = std::thread::hardware_concurrency();
    BOOST_TEST(usable() == all);
    write(proc / "self/cgroup", "0::/system.slice/bkes.service");
    write(groups / "system.slice/bkes.service/cpu.max", "max 100000");
    BOOST_TEST(usable() == all);
}

BOOST_AUTO_TEST_CASE(a_group_and_those_above_it_limit_them) {
    write(proc / "self/cgroup", "1:name=systemd:/other\n0::/kubepods/pod");
    write(groups / "kubepods/pod/cpu.max", "150000 100000");
    BOOST_TEST(usable() == 1U);
    write(groups / "kubepods/pod/cpu.max", "max 100000");
    write(groups / "kubepods/cpu.max", "50000 100000");
    BOOST_TEST(usable() == 1U);
    write(groups / "kubepods/cpu.max", "a lot");
    BOOST_TEST(usable() == std::thread::hardware_concurrency());
}

BOOST_AUTO_TEST_CASE(in_a_container_the_group_is_the_root) {
    write(proc / "self/cgroup", "0::/");
    write(groups / "cpu.max", "100000 100000");
    BOOST_TEST(usable() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
