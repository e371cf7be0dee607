#pragma once
// HTTP for people and programs (contract, section 12): the page, and the API below /api/v1 that it
// stands on. Read only, and by the rights that Kafka's brokers give whoever asks.
//
// Made and destroyed on the thread of the HTTP server, where all of it runs; answers under way may
// outlive it and find that it has ended.

#include "protocol/core/bytes.hpp"
#include "protocol/core/ids.hpp"
#include "proxy/http/http_message.hpp"
#include "proxy/web/kafka_users.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bkes::sync {
class aggregate_reader;
}

namespace bkes::proxy {

class conflict_log;
struct web_state;

struct web_options {
    std::vector<std::string> topics{};  ///< that are guarded
    std::string bootstrap_servers{};    ///< what clients of Kafka are told
    /// Names by which browsers may reach it, besides localhost and addresses, where nobody logs in.
    std::vector<std::string> hosts{};
    kafka_users_options users{};
    /// By which a topic is told from one of the same name that was made in its place; zeros: it isn't
    /// there.
    std::function<uuid(bytes_view topic)> topic_id{};
};

class web {
  public:
    /// All that is given outlives it.
    web(boost::asio::io_context& context, web_options options, sync::aggregate_reader* reader,
        conflict_log& conflicts);
    web(const web&) = delete;
    web& operator=(const web&) = delete;
    ~web();

    /// Whether the path is one of the API's.
    [[nodiscard]] static bool is_api(std::string_view path) { return path.starts_with("/api/"); }

    boost::asio::awaitable<http_answer> answer(http_request request);

  private:
    std::shared_ptr<web_state> state_;
};

/// A file of the page, if the path names one.
std::optional<http_answer> answer_page(std::string_view path);

}  // namespace bkes::proxy
