// FetchRestorePoint (api key 20004): the files of a restore point for an instance of the group that begins.

#include "protocol/messages/fetch_restore_point.hpp"

#include "proxy/handlers/error_map.hpp"
#include "proxy/handlers/handlers.hpp"
#include "proxy/handlers/reply.hpp"
#include "proxy/handlers/rights_check.hpp"
#include "proxy/session/server_state.hpp"
#include "proxy/session/store_read.hpp"
#include "sync/guarded_topics.hpp"
#include "sync/offered_restore_point.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace bkes::proxy {

using protocol::fetch_restore_point_request;
using protocol::fetch_restore_point_response;
using protocol::kafka_error;
using sync::offered_restore_point;

namespace {

constexpr std::int32_t piece_bytes_max = 1 << 20;

fetch_restore_point_response no_restore_point(kafka_error error, bytes_view text) {
    fetch_restore_point_response response;
    response.error_code = code_of(error);
    response.error_message = text;
    return response;
}

request_route refuse_restore_point(session& client, const client_request& request,
                                   kafka_error error, bytes_view text) {
    answer_with(client, client.owe(request), request_identity{request},
                no_restore_point(error, text));
    return request_route::handled;
}

/// One piece of a file, read from the disk on a thread of the readers, when the client has made room for it.
class piece_read final : public store_read {
  public:
    piece_read(const client_request& request, answer_id id, offered_restore_point& from,
               const fetch_restore_point_request& asked)
        : identity_{request},
          id_{id},
          from_{from},
          point_{asked.restore_point},
          file_{asked.file},
          position_{asked.position},
          most_{static_cast<std::size_t>(std::clamp(asked.max_bytes, 1, piece_bytes_max))} {}

    progress read_on(read_budget& /*budget*/) override {
        piece_ = from_.read(point_, file_, position_, most_);
        return progress::done;
    }

    [[nodiscard]] bool may_block() const override { return true; }

    /// Never: who offers one has a store.
    void ask(session& client, std::move_only_function<void()> done) override {
        boost::asio::post(client.context(), std::move(done));
    }

    void finish(session& client) override {
        if (piece_) {
            fetch_restore_point_response response;
            response.restore_point = point_;
            response.piece = *piece_;
            answer_with(client, id_, identity_, response);
            return;
        }
        answer_with(client, id_, identity_, refused(piece_.error()));
    }

  private:
    static fetch_restore_point_response refused(offered_restore_point::refusal why) {
        switch (why) {
            case offered_restore_point::refusal::unknown:
                return no_restore_point(kafka_error::snapshot_not_found,
                                        "bkes: this restore point isn't offered, or not any more");
            case offered_restore_point::refusal::out_of_range:
                return no_restore_point(kafka_error::position_out_of_range,
                                        "bkes: the restore point has no such file or position");
            case offered_restore_point::refusal::unreadable:
                break;
        }
        return no_restore_point(kafka_error::kafka_storage_error, "bkes: the file can't be read");
    }

    request_identity identity_;
    answer_id id_;
    offered_restore_point& from_;
    uuid point_;
    std::int32_t file_;
    std::int64_t position_;
    std::size_t most_;
    std::expected<bytes, offered_restore_point::refusal> piece_;
};

void answer_offer(session& client, answer_id id, const request_identity& identity,
                  const offered_restore_point::offer& offered) {
    fetch_restore_point_response response;
    response.restore_point = offered.id;
    response.format_version = offered.contents.facts.format_version;
    response.cluster_id = offered.contents.facts.cluster_id;
    for (const auto& file : offered.contents.files) {
        response.files.push_back({.name = file.name, .size = static_cast<std::int64_t>(file.size)});
    }
    answer_with(client, id, identity, response);
}

}  // namespace

request_route handle_fetch_restore_point(session& client, const client_request& request) {
    const auto decoded = decode_request<fetch_restore_point_request>(client, request);
    if (!decoded) {
        return request_route::close;
    }
    auto& guarded = client.server().guarded;
    auto* const offered = guarded.restore_point();
    if (offered == nullptr) {
        return refuse_restore_point(client, request, kafka_error::snapshot_not_found,
                                    "bkes: this instance shares no partitions (group.id)");
    }
    rights_check rights{client, client.request_waits_since()};
    // Also with authorize=keys it is the topic itself: a store holds all that stands in it.
    const auto forbidden = find_forbidden(rights, guarded.topics(), protocol::acl_operation::read);
    if (rights.is_open()) {
        return request_route::after_rights;
    }
    if (forbidden) {
        return refuse_restore_point(client, request, kafka_error::topic_authorization_failed,
                                    missing_right_text(protocol::acl_operation::read, *forbidden));
    }
    const auto id = client.owe(request);
    if (!decoded->restore_point.is_zero()) {
        client.read(id, std::make_shared<piece_read>(request, id, *offered, *decoded));
        return request_route::handled;
    }
    offered->ask(client.context(), [weak = client.weak_from_this(), id,
                                    identity = request_identity{request}](const auto& outcome) {
        const auto asker = weak.lock();
        if (!asker) {
            return;
        }
        if (outcome) {
            answer_offer(*asker, id, identity, **outcome);
        } else {
            const auto text = "bkes: " + outcome.error();
            answer_with(*asker, id, identity,
                        no_restore_point(kafka_error::snapshot_not_found, text));
        }
    });
    return request_route::handled;
}

}  // namespace bkes::proxy
