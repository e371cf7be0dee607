#pragma once
// A request of which bkes answers a part itself and the brokers the rest: both parts run at the
// same time, and the answer leaves when both are there, the brokers' topics first.

#include "protocol/core/bytes.hpp"
#include "proxy/handlers/reply.hpp"
#include "proxy/session/session.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <iterator>
#include <memory>
#include <optional>

namespace bkes::proxy {

/// `Response` has `topics` or `responses`, or `merge` is overridden. Owned by a shared_ptr; lives until the answer is given
/// or the session is gone. Views in `own` must point into something that lives as long.
template <class Response>
class split_request : public std::enable_shared_from_this<split_request<Response>> {
  public:
    split_request(session& client, const client_request& request)
        : client_{client.weak_from_this()}, identity_{request} {}

    virtual ~split_request() = default;

    /// Sends the brokers' part, if there is one, and owes the client the answer.
    template <class Request>
    void start(session& client, const client_request& request, const Request& for_brokers,
               bool is_all_ours) {
        if (is_all_ours) {
            id_ = client.owe(request);
            return;
        }
        ++pending_;
        id_ = client.send_instead(
            request, request_frame_like(client, request, for_brokers),
            [&client, self = this->shared_from_this()](answer_id id, bytes_view frame) {
                client.hold_response_bytes(id, frame.size());
                self->upstream_frame_ = frame;
                self->part_done();
            });
    }

    /// `own` is complete.
    void own_done() { part_done(); }

    /// Copies a view out of the request's frame, for use in `own`.
    bytes_view keep(bytes_view text) { return kept_.emplace_back(text); }

    Response own{};

    [[nodiscard]] answer_id id() const { return id_; }

  private:
    void part_done() {
        const auto client = client_.lock();
        if (--pending_ > 0 || !client) {
            return;
        }
        if (upstream_frame_.empty()) {
            answer_with(*client, id_, identity_, own);
            return;
        }
        auto response = decode_response<Response>(*client, identity_, upstream_frame_);
        if (!response) {
            return;
        }
        merge(*response);
        answer_with(*client, id_, identity_, *response);
    }

    /// Adds the own part to the brokers'.
    virtual void merge(Response& response) {
        if constexpr (requires { response.topics; }) {
            std::ranges::move(own.topics, std::back_inserter(response.topics));
        } else if constexpr (requires { response.responses; }) {
            std::ranges::move(own.responses, std::back_inserter(response.responses));
        }
    }

    std::weak_ptr<session> client_;
    request_identity identity_;
    answer_id id_{};
    std::int32_t pending_ = 1;
    bytes upstream_frame_;
    std::deque<bytes> kept_;
};

}  // namespace bkes::proxy
