#include "proxy/control/control.hpp"

#include "proxy/control/checkpoint_words.hpp"
#include "proxy/control/control_server.hpp"
#include "proxy/log/text.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace bkes::proxy {

namespace {

void log_checkpoint(const std::string& directory, const store::checkpoint_outcome& outcome) {
    if (outcome) {
        spdlog::info("restore point made directory={} partitions={} bytes={} ms={}",
                     in_quotes(directory, 2'000), outcome->partitions.size(), outcome->bytes,
                     outcome->took.count());
    } else {
        spdlog::warn("restore point can't be made directory={} reason={}",
                     in_quotes(directory, 2'000), in_quotes(outcome.error(), 2'000));
    }
}

void take_request(sync::stored_topics& topics, const std::string& line, control_answer answer) {
    auto directory = requested_checkpoint(line);
    if (!directory) {
        answer(checkpoint_answer({}, std::unexpected{directory.error()}));
        return;
    }
    topics.checkpoint(*directory, [directory = *directory, answer = std::move(answer)](
                                      const store::checkpoint_outcome& outcome) {
        log_checkpoint(directory, outcome);
        answer(checkpoint_answer(directory, outcome));
    });
}

}  // namespace

std::shared_ptr<void> open_control(const std::string& data_dir, sync::stored_topics& topics) {
    auto server =
        std::make_shared<control_server>([&topics](const std::string& line, control_answer answer) {
            take_request(topics, line, std::move(answer));
        });
    if (const auto failed = server->listen(data_dir)) {
        spdlog::warn(
            "control socket can't be made, bkes checkpoint doesn't reach this instance "
            "directory={} reason={}",
            in_quotes(data_dir, 2'000), in_quotes(failed.message()));
        return nullptr;
    }
    return server;
}

}  // namespace bkes::proxy
