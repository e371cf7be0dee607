#include "proxy/web/web.hpp"

#include "proxy/config/host_port.hpp"
#include "proxy/config/values.hpp"
#include "proxy/web/handlers.hpp"
#include "proxy/web/web_request.hpp"
#include "proxy/web/web_state.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace bkes::proxy {

namespace {

using web_handler = web_answer (*)(std::shared_ptr<web_state>, web_request);

/// A path below /api/v1/topics/TOPIC.
struct topic_route {
    std::string_view first;
    std::string_view last;  ///< behind a key
    web_handler answer;
};

constexpr std::array topic_routes{
    topic_route{"keys", "", answer_keys},
    topic_route{"keys", "events", answer_events},
    topic_route{"keys", "tail", answer_tail},
    topic_route{"conflicts", "", answer_conflicts},
};

/// The part of `Host` before the port, lower case.
std::string name_in(std::string_view host) {
    const auto parsed = parse_host_port(host);
    auto name = lower_case(parsed ? parsed->host : host);
    if (name.starts_with('[') && name.ends_with(']')) {
        name = name.substr(1, name.size() - 2);
    }
    return name;
}

/// A stranger's page can't read what another origin says, unless the stranger makes his own name lead
/// here (DNS rebinding). Where no password stands in the way, names have to be known.
bool is_known_host(const web_state& web, std::string_view host) {
    if (web.users->wants_login() || host.empty()) {
        return true;
    }
    const auto name = name_in(host);
    boost::system::error_code is_name;
    boost::asio::ip::make_address(name, is_name);
    return !is_name || name == "localhost" ||
           std::ranges::any_of(web.hosts, [&](const auto& one) { return lower_case(one) == name; });
}

/// By its decoded segments; fills in what they name.
web_handler find_handler(std::vector<bytes> path, web_request& request) {
    if (path.size() < 3 || path[0] != "api" || path[1] != "v1" || path[2] != "topics") {
        return nullptr;
    }
    if (path.size() == 3) {
        return answer_topics;
    }
    request.topic = std::move(path[3]);
    const std::size_t count = path.size() - 4;
    for (const auto& route : topic_routes) {
        const bool has_key = !route.last.empty();
        if (count == (has_key ? 3U : 1U) && path[4] == route.first &&
            (!has_key || path[6] == route.last)) {
            if (has_key) {
                request.key = std::move(path[5]);
            }
            return route.answer;
        }
    }
    return nullptr;
}

}  // namespace

web::web(boost::asio::io_context& context, web_options options, sync::aggregate_reader* reader,
         conflict_log& conflicts)
    : state_{std::make_shared<web_state>(context, std::move(options), reader, conflicts)} {}

web::~web() {
    state_->stop();
}

boost::asio::awaitable<http_answer> web::answer(http_request request) {
    const auto state = state_;
    if (!is_known_host(*state, request.host)) {
        co_return answer_of({421, fmt::format("{} isn't known as a name of this bkes: add it to "
                                              "http.hosts",
                                              name_in(request.host))});
    }
    // What a proxy on the way adds for itself doesn't matter where nobody logs in.
    auto who = state->users->wants_login() ? read_credentials(request.authorization)
                                           : or_problem<credentials>{};
    if (!who) {
        co_return answer_of(who.error());
    }
    web_request asked{.who = std::move(*who),
                      .query = std::move(request.query),
                      .last_event_id = std::move(request.last_event_id)};
    auto segments = segments_of(request.path);
    if (!segments) {
        co_return answer_of({400,
                             "the path can't be read: a character in it has to be "
                             "percent-encoded"});
    }
    const auto handler = find_handler(std::move(*segments), asked);
    if (handler == nullptr) {
        co_return answer_of({404, "there is no such path; /api/v1/topics is one"});
    }
    auto made = co_await handler(state, std::move(asked));
    co_return made ? std::move(*made) : answer_of(made.error());
}

}  // namespace bkes::proxy
