#include "proxy/commands/client_options.hpp"
#include "proxy/control/checkpoint_words.hpp"
#include "proxy/control/control_client.hpp"
#include "proxy/log/text.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace bkes::proxy {

namespace {

constexpr option patient_timeout_option{timeout_option.name, timeout_option.value_name,
                                        "How long to wait for an answer [60000]"};
constexpr std::int64_t checkpoint_timeout_ms = 60'000;

/// The instance has another current directory.
std::string absolute_directory(const std::string& given) {
    if (given.empty()) {
        throw usage_error{"DIR is empty"};
    }
    std::error_code failed;
    auto path = std::filesystem::absolute(given, failed);
    if (!failed) {  // `..` behind a link isn't what the text looks like
        path = std::filesystem::weakly_canonical(path, failed);
    }
    if (failed) {
        throw usage_error{fmt::format("{}: {}", given, failed.message())};
    }
    if (!path.has_filename()) {
        path = path.parent_path();
    }
    if (!is_utf8(path.string())) {
        throw usage_error{"DIR isn't UTF-8"};
    }
    return path.string();
}

command_failure unreached(const std::string& data_dir, const boost::system::error_code& failed) {
    if (failed == boost::system::errc::connection_refused ||
        failed == boost::system::errc::no_such_file_or_directory) {
        return {exit_unreachable,
                fmt::format("no bkes runs in data.dir={}; name its directory with --data-dir",
                            data_dir)};
    }
    if (failed == boost::system::errc::permission_denied) {
        return {exit_unreachable,
                fmt::format("data.dir={} is another user's: run this as the user that bkes runs as",
                            data_dir)};
    }
    if (failed == boost::system::errc::timed_out) {
        return {exit_unreachable,
                "no answer in time; the restore point may still be made, the log of bkes says so"};
    }
    return {exit_unreachable,
            fmt::format("no answer from the bkes in data.dir={}: {}", data_dir, failed.message())};
}

outcome<void> make_restore_point(const invocation& call) {
    const auto directory = absolute_directory(call.args.positional(0));
    const auto data_dir = load_config(call).value.data_dir;
    const auto timeout = std::chrono::milliseconds{
        call.args.number(timeout_option.name, checkpoint_timeout_ms, 1, 3'600'000)};
    const auto answer = ask_instance(data_dir, checkpoint_request(directory), timeout);
    if (!answer) {
        return give_up{unreached(data_dir, answer.error())};
    }
    const auto text = checkpoint_text(*answer);
    if (!text) {
        const auto& refusal = text.error();
        return give_up{{refusal.is_understood ? exit_refused : exit_unreachable,
                        fmt::format("{}: {}", directory, without_controls(refusal.text))}};
    }
    call.around.out << (call.args.has(one_object_option.name) ? *answer + "\n" : *text);
    return {};
}

}  // namespace

command checkpoint_command() {
    return {.name = "checkpoint",
            .summary = "Make a restore point of a running bkes' store, without stopping it",
            .takes = {.positionals = {"DIR"},
                      .options = {one_object_option, patient_timeout_option, config_option},
                      .settings = {"data.dir"}},
            .notes =
                "Asks the bkes serve or bkes sync that runs in data.dir, by the socket there. DIR "
                "doesn't\nexist yet, or is empty, and is on the file system of data.dir, as its "
                "files are hard\nlinks. bkes serve --restore-from DIR begins from it. Exit code 3 "
                "if no bkes runs there.\n",
            .run = make_restore_point};
}

}  // namespace bkes::proxy
