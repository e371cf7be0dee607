#include "protocol/kafka_error.hpp"
#include "proxy/commands/client_options.hpp"
#include "proxy/commands/event_pages.hpp"
#include "proxy/commands/stop_signal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>
#include <utility>

namespace bkes::proxy {

namespace {

/// One question waits so long for events. Not longer, as a bkes that stops answers what it owes first.
constexpr std::chrono::milliseconds wait_for_events{3'000};

constexpr std::chrono::milliseconds between_attempts{500};

/// One key from one order on, over as many connections as it takes.
class follower {
  public:
    follower(const invocation& call, way_to_bkes way)
        : call_{call},
          way_{std::move(way)},
          of_{.topic = call.args.positional(0),
              .key = bytes_of(call, call.args.positional(1), "--key-hex")},
          next_{call.args.number("--from", 0, 0, std::numeric_limits<std::int64_t>::max() - 1)} {}

    /// Until a signal, or until trying again can't help.
    outcome<void> follow() {
        auto client = connect();
        while (true) {
            const auto read =
                client ? read_on(**client) : outcome<reading>{give_up{client.error()}};
            if (signals_.is_caught()) {
                return {};
            }
            if (read == reading::went_on) {
                said_ = false;
                continue;
            }
            if (!read && (read.error().code != exit_unreachable || !has_been_connected_)) {
                return give_up{read.error()};
            }
            say_once(read ? fmt::format("{} can't answer for the topic yet", (*client)->peer())
                          : read.error().text);
            if (client) {
                client->reset();
            }
            if (pause(); signals_.is_caught()) {
                return {};
            }
            client = connect();
        }
    }

  private:
    enum class reading : std::uint8_t { went_on, not_now };

    outcome<reading> read_on(kafka_client& client) {
        const auto response = ask_page(
            client, of_, {.from = next_, .min_next_order = next_ + 1, .wait = wait_for_events});
        if (!response) {
            return give_up{response.error()};
        }
        constexpr auto not_leader =
            std::to_underlying(protocol::kafka_error::not_leader_or_follower);
        if (response->error_code == not_leader) {
            return reading::not_now;
        }
        const auto page = only_key(client, *response);
        if (!page) {
            return give_up{page.error()};
        }
        const auto decoded = decode_page(client, of_, *page);
        if (!decoded) {
            return give_up{decoded.error()};
        }
        for (const auto& event : decoded->events) {
            if (event.order >= next_) {
                print_event(call_, event);
                next_ = event.order + 1;
            }
        }
        next_ = std::max(next_, std::min(page->start_order, page->next_order));
        if (!call_.around.out.flush()) {
            return give_up{{exit_refused, "the output can't be written"}};
        }
        return reading::went_on;
    }

    /// Each time it begins with another address: an instance that gave up its topics still answers.
    outcome<std::unique_ptr<kafka_client>> connect() {
        auto client = kafka_client::connect(way_.servers, way_.limit, way_.security,
                                            [this] { return signals_.is_caught(); });
        std::ranges::rotate(way_.servers, way_.servers.begin() + 1);
        has_been_connected_ = has_been_connected_ || client;
        return client;
    }

    void say_once(std::string_view why) {
        if (!std::exchange(said_, true)) {
            call_.around.err << "bkes: " << why << "; trying again from order " << next_ << " on\n";
            call_.around.err.flush();
        }
    }

    void pause() const {
        const auto end = std::chrono::steady_clock::now() + between_attempts;
        while (!signals_.is_caught() && std::chrono::steady_clock::now() < end) {
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
        }
    }

    const invocation& call_;
    way_to_bkes way_;
    key_of_topic of_;
    std::int64_t next_;
    stop_signal signals_;
    bool has_been_connected_ = false;
    bool said_ = false;  ///< why it is tried again
};

outcome<void> tail(const invocation& call) {
    auto way = find_bkes(call);
    if (!way) {
        return give_up{way.error()};
    }
    return follower{call, std::move(*way)}.follow();
}

}  // namespace

command tail_command() {
    return {.name = "tail",
            .summary = "Print the events of one key, and new ones as they come",
            .takes = {.positionals = {"TOPIC", "KEY"},
                      .options =
                          with_client_options({{"--from", "N", "Begin with this order [0]"},
                                               {"--key-hex", "", "KEY is given in hexadecimal"}}),
                      .settings = with_client_settings({})},
            .notes = "Ends with Ctrl-C. When bkes goes away it is connected to again.\n",
            .run = tail};
}

}  // namespace bkes::proxy
