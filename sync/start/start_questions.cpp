#include "sync/start/start_questions.hpp"

#include "sync/broker/bootstrap_servers.hpp"
#include "sync/broker/link_errors.hpp"
#include "sync/net/tls_errors.hpp"

#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <deque>

namespace bkes::sync {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds pause_between_rounds{200};
/// As RFC 8305 has it for the addresses of a name.
constexpr milliseconds ahead_of_the_next{250};

/// All but `unreachable` will be the same the next time, unless somebody repairs it.
start_problem_kind kind_of(std::error_code error) {
    if (error == link_errc::login_refused || error == link_errc::nothing_to_log_in_with ||
        is_refused_certificate(error)) {
        return start_problem_kind::not_let_in;
    }
    return error == link_errc::speaks_tls || error == tls_errc::not_tls
               ? start_problem_kind::bad_setting
               : start_problem_kind::unreachable;
}

std::string advice_for(std::error_code error) {
    if (error == link_errc::nothing_to_log_in_with) {
        return "check kafka.sasl.oauthbearer.* and kafka.https.ca.location";
    }
    if (error == link_errc::login_refused) {
        return "check kafka.sasl.mechanism, kafka.sasl.username and kafka.sasl.password";
    }
    if (is_refused_certificate(error)) {
        return "check kafka.ssl.ca.location and bootstrap.servers";
    }
    if (kind_of(error) == start_problem_kind::bad_setting ||
        error == tls_errc::ended_in_handshake) {
        return "check kafka.security.protocol";
    }
    return "check the address and that Kafka is running";
}

start_problem problem_of(const cluster_access& access, const broker_address& server,
                         const broker_link& link, std::error_code error) {
    const auto why = link.refusal().empty()
                         ? error.message()
                         : fmt::format("{}: {}", error.message(), link.refusal());
    return {.kind = kind_of(error),
            .text = fmt::format("bootstrap.servers={}: no answer from {}:{} ({}): {}",
                                access.bootstrap_servers, server.host, server.port, why,
                                advice_for(error))};
}

}  // namespace

start_questions::~start_questions() {
    for (const auto& link : links_) {
        link->close();
    }
    context_.restart();
    context_.poll();
}

milliseconds start_questions::time_left() const {
    const auto left = std::chrono::ceil<milliseconds>(deadline_ - clock::now());
    return std::max(left, milliseconds{1});
}

std::shared_ptr<broker_link> start_questions::begin(const broker_address& broker,
                                                    broker_link::open_handler opened) {
    broker_link_options options{.host = broker.host,
                                .port = broker.port,
                                .client_id = access_.client_id,
                                .security = access_.security};
    options.connect_timeout = std::min(options.connect_timeout, time_left());
    const auto& link =
        links_.emplace_back(std::make_shared<broker_link>(context_, std::move(options)));
    link->open(std::move(opened));
    return link;
}

result<std::shared_ptr<broker_link>> start_questions::to_broker(const broker_address& broker) {
    std::optional<std::error_code> outcome;
    auto link = begin(broker, [&outcome](std::error_code error) { outcome = error; });
    if (!wait([&outcome] { return outcome.has_value(); })) {
        link->close();  // the handler runs now
    }
    if (*outcome) {
        return failure{*outcome};
    }
    return link;
}

/// One round over the servers. Each is asked a little later than the one before it, which may be dead.
std::shared_ptr<broker_link> start_questions::first_to_open(
    const std::vector<broker_address>& servers, std::optional<start_problem>& newest) {
    std::deque<attempt> attempts;  // the handlers refer to them
    const auto has_failed = [](const attempt& one) { return one.outcome && *one.outcome; };
    const auto is_open = [](const attempt& one) { return one.outcome && !*one.outcome; };
    const auto is_decided = [&] {
        return std::ranges::any_of(attempts, is_open) || std::ranges::all_of(attempts, has_failed);
    };
    for (const auto& server : servers) {
        auto& newcomer = attempts.emplace_back(server);
        newcomer.link = begin(server, [this, &newcomer](std::error_code error) {
            newcomer.outcome = error;
            newcomer.was_cut_off = clock::now() >= deadline_;
        });
        const bool is_last = attempts.size() == servers.size();
        wait(is_decided, is_last ? deadline_ : clock::now() + ahead_of_the_next);
        if (std::ranges::any_of(attempts, is_open)) {
            break;
        }
    }
    const auto first = std::ranges::find_if(attempts, is_open);
    const auto found = first == attempts.end() ? nullptr : first->link;
    for (auto& one : attempts) {
        if (one.link == found) {
            continue;
        }
        one.link->close();  // its handler has run then
        // What the deadline cut off tells less than what ended before.
        const bool says_more =
            !newest || (newest->kind == start_problem_kind::unreachable && !one.was_cut_off);
        if (!found && says_more) {
            newest = problem_of(access_, one.server, *one.link, *one.outcome);
        }
    }
    return found;
}

void start_questions::pause(milliseconds time) {
    bool is_over = false;
    boost::asio::steady_timer timer{context_, time};
    timer.async_wait([&is_over](const auto&) { is_over = true; });
    while (!is_over) {
        context_.restart();
        context_.run_one();
    }
}

started<std::shared_ptr<broker_link>> start_questions::to_any_broker() {
    const auto servers = parse_bootstrap_servers(access_.bootstrap_servers);
    std::optional<start_problem> newest;
    while (true) {
        if (auto link = first_to_open(servers, newest)) {
            return link;
        }
        if (!newest) {
            return std::unexpected{start_problem{start_problem_kind::bad_setting,
                                                 "bootstrap.servers names no broker"}};
        }
        if (newest->kind != start_problem_kind::unreachable ||
            clock::now() + pause_between_rounds >= deadline_) {
            return std::unexpected{std::move(*newest)};
        }
        pause(pause_between_rounds);
    }
}

}  // namespace bkes::sync
