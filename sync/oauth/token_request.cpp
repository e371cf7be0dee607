#include "sync/oauth/token_request.hpp"

#include "sync/sasl/base64.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <memory>
#include <sstream>
#include <utility>

namespace bkes::sync {

namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::uint32_t header_bytes_max = 16U << 10U;
constexpr std::uint64_t body_bytes_max = 64U << 10U;  // tokens have a few KiB

std::string text_of(const token_request& request) {
    http::request<http::string_body> made{http::verb::post, request.endpoint.target, 11};
    made.set(http::field::host, request.endpoint.authority());
    made.set(http::field::user_agent, "bkes/" BKES_VERSION);
    made.set(http::field::accept, "application/json");
    made.set(http::field::content_type, "application/x-www-form-urlencoded");
    made.set(http::field::authorization,
             "Basic " + base64_encode(request.client_id + ":" + request.client_secret));
    made.keep_alive(false);
    made.body() = token_request_body(request.scope);
    made.prepare_payload();
    std::ostringstream text;
    text << made;
    return text.str();
}

class token_exchange : public std::enable_shared_from_this<token_exchange> {
  public:
    token_exchange(boost::asio::io_context& context, token_request request, token_handler answered)
        : request_{std::move(request)},
          answered_{std::move(answered)},
          stream_{context.get_executor()},
          deadline_{context} {
        answer_.header_limit(header_bytes_max);
        answer_.body_limit(body_bytes_max);
    }

    void begin();

  private:
    /// The next step, unless this one failed or all is over.
    auto next(void (token_exchange::*step)()) {
        return [self = shared_from_this(), step](error_code failed, auto&&...) {
            if (failed) {
                self->finish(std::unexpected{failed.message()});
            } else if (self->answered_) {
                (self.get()->*step)();
            }
        };
    }

    void connected() {
        if (!request_.endpoint.is_tls) {
            ask();
            return;
        }
        stream_.async_handshake(*request_.tls, request_.endpoint.host, next(&token_exchange::ask));
    }

    void ask() {
        text_ = text_of(request_);
        stream_.async_write(boost::asio::buffer(text_), next(&token_exchange::read));
    }

    void read() { http::async_read(stream_, buffer_, answer_, next(&token_exchange::read_all)); }

    void read_all() { finish(read_token_answer(answer_.get().result_int(), answer_.get().body())); }

    void finish(std::expected<granted_token, std::string> outcome) {
        if (auto answered = std::exchange(answered_, nullptr)) {
            deadline_.cancel();
            stream_.close();
            answered(std::move(outcome));
        }
    }

    const token_request request_;
    token_handler answered_;
    net_stream stream_;
    boost::asio::steady_timer deadline_;
    std::string text_;
    boost::beast::flat_buffer buffer_{header_bytes_max + body_bytes_max};
    http::response_parser<http::string_body> answer_;
};

void token_exchange::begin() {
    deadline_.expires_after(request_.timeout);
    deadline_.async_wait([self = shared_from_this()](error_code cancelled) {
        if (!cancelled) {
            self->finish(std::unexpected{std::string{"no answer in time"}});
        }
    });
    stream_.async_connect(request_.endpoint.host, request_.endpoint.port, request_.timeout,
                          next(&token_exchange::connected));
}

}  // namespace

void ask_for_token(boost::asio::io_context& context, const token_request& request,
                   token_handler answered) {
    std::make_shared<token_exchange>(context, request, std::move(answered))->begin();
}

}  // namespace bkes::sync
