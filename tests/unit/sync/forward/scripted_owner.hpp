#pragma once
// An instance that owns partitions, as others see it: speaks Forward on a port of its own and does
// with each request what the test says.

#include "protocol/messages/forward.hpp"
#include "sync/types/log_reach.hpp"
#include "tests/support/scripted_broker.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace bkes::test {

/// A Forward request, for as long as the test wants it.
struct seen_forward {
    struct append {
        std::int64_t id;
        std::string topic;
        std::int32_t partition;
        std::int32_t deadline_ms;
        bool is_redirected;
        std::string client;
        std::string records;
    };

    struct question {
        std::int64_t id;
        std::string topic;
        std::int32_t partition;
    };

    explicit seen_forward(const protocol::forward_request& request)
        : forwarder{request.forwarder},
          owner_instance{request.owner_instance},
          heard_up_to{request.heard_up_to} {
        for (const auto& one : request.appends) {
            appends.push_back({.id = one.id,
                               .topic = std::string{one.topic},
                               .partition = one.partition,
                               .deadline_ms = one.deadline_ms,
                               .is_redirected = one.is_redirected,
                               .client = std::string{one.client},
                               .records = std::string{one.records}});
        }
        for (const auto& one : request.positions) {
            questions.push_back(
                {.id = one.id, .topic = std::string{one.topic}, .partition = one.partition});
        }
    }

    [[nodiscard]] std::vector<std::int64_t> ids() const {
        std::vector<std::int64_t> found;
        for (const auto& one : appends) {
            found.push_back(one.id);
        }
        return found;
    }

    uuid forwarder;
    std::string owner_instance;
    std::int64_t heard_up_to;
    std::vector<append> appends;
    std::vector<question> questions;
};

enum class owner_does : std::uint8_t {
    answer,
    hold,   ///< it is answered with nothing when the next one comes
    close,  ///< the connection, unanswered
};

class scripted_owner {
  public:
    static constexpr sync::log_reach reach{.next_offset = log_offset{100},
                                           .epoch = leader_epoch{5}};

    /// `response` has all of the request written, each at its id as offset, and positions at `reach`.
    using script = std::function<owner_does(const seen_forward&, protocol::forward_response&)>;

    scripted_owner(boost::asio::io_context& context, script does)
        : does_{std::move(does)}, broker_{context, [this](const protocol::request_view& request) {
                                              return answer(request);
                                          }} {}

    [[nodiscard]] std::uint16_t port() const { return port_; }

    [[nodiscard]] int connections() const { return broker_.connections(); }

    /// It is gone, and its port is free.
    void stop() { broker_.stop(); }

    std::vector<seen_forward> requests;

    /// All that came, as one list.
    [[nodiscard]] std::vector<std::string> records() const {
        std::vector<std::string> found;
        for (const auto& request : requests) {
            for (const auto& one : request.appends) {
                found.push_back(one.records);
            }
        }
        return found;
    }

  private:
    reply answer(const protocol::request_view& request) {
        if (request.header.key != protocol::forward_request::schema.key) {
            return scripted_broker::answer_versions(request);
        }
        const auto decoded =
            protocol::decode<protocol::forward_request>(request.body, request.header.version);
        if (!decoded) {
            return {.what = reply::kind::close};
        }
        const auto seen = requests.emplace_back(*decoded);
        protocol::forward_response response;
        for (const auto& one : seen.appends) {
            response.outcomes.push_back({.id = one.id, .base_offset = one.id});
        }
        for (const auto& one : seen.questions) {
            response.positions.push_back({.id = one.id,
                                          .next_offset = reach.next_offset.value(),
                                          .leader_epoch = reach.epoch.value()});
        }
        const auto todo = does_(seen, response);
        if (todo == owner_does::hold) {
            held_.push_back(request.header);
            return {.what = reply::kind::swallow};
        }
        if (todo == owner_does::close) {
            held_.clear();
            return {.what = reply::kind::close};
        }
        bytes frames;
        for (const auto& header : std::exchange(held_, {})) {
            frames += scripted_broker::answer(protocol::request_view{.header = header, .body = {}},
                                              protocol::forward_response{})
                          .frame;
        }
        auto last = scripted_broker::answer(request, response);
        last.frame = frames + last.frame;
        return last;
    }

    script does_;
    std::vector<protocol::request_header> held_;
    scripted_broker broker_;
    std::uint16_t port_ = broker_.port();
};

}  // namespace bkes::test
