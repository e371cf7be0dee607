#include "sync/append/produce_lane.hpp"

#include "sync/broker/link_errors.hpp"
#include "sync/types/log.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;
using protocol::produce_request;
using protocol::produce_response;

/// Below 3 there are no record batches; 13 brings topics by id (KIP-516).
constexpr protocol::version_range produce_versions{.min = 3, .max = 13};
constexpr protocol::version_range produce_versions_by_name{.min = 3, .max = 12};
constexpr std::int16_t acks_of_all = -1;
constexpr std::chrono::milliseconds broker_timeout = 10s;  ///< then the broker answers 7
constexpr auto produce_timeout = broker_timeout + 5s;

/// While a request is under way the next one leaves at once if it and all under way have no more
/// records than this, ...
constexpr std::size_t eager_records = 8;
/// ... or if so many are ready for each request under way.
constexpr std::size_t gathered_records = 64;
/// More batches wait for the next request (brokers accept 100 MiB: socket.request.max.bytes).
constexpr std::size_t request_bytes_max = std::size_t{4} << 20U;

/// nullptr if the response doesn't have it. In the versions with topic ids it has no names.
produce_lane::partition_answer* answer_of(produce_response& response, bytes_view topic,
                                          const uuid& topic_id, partition_id partition) {
    for (auto& answered : response.responses) {
        const bool is_it =
            answered.topic_id.is_zero() ? answered.name == topic : answered.topic_id == topic_id;
        const auto found = std::ranges::find(answered.partition_responses, partition.value(),
                                             &produce_lane::partition_answer::index);
        if (is_it && found != answered.partition_responses.end()) {
            return &*found;
        }
    }
    return nullptr;
}

}  // namespace

produce_lane::produce_lane(boost::asio::io_context& context, broker_link_options broker,
                           std::shared_ptr<throttle_report> throttled)
    : context_{context},
      busy_poll_{busy_poll::of(context)},
      broker_{fmt::format("{}:{}", broker.host, broker.port)},
      throttled_{std::move(throttled)} {
    link_ = std::make_shared<broker_link>(context, std::move(broker));
}

produce_lane::~produce_lane() {
    link_->close();
}

void produce_lane::open(open_handler done) {
    if (link_->is_open()) {
        done({});
        return;
    }
    opening_.push_back(std::move(done));
    if (opening_.size() == 1) {
        link_->on_end([weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                self->ended();
            }
        });
        link_->open([weak = weak_from_this()](std::error_code error) {
            if (const auto self = weak.lock()) {
                self->connected(error);
            }
        });
    }
}

void produce_lane::connected(std::error_code error) {
    for (auto& done : std::exchange(opening_, {})) {
        done(error);
    }
}

/// Who hears of it may leave, and take others along.
void produce_lane::ended() {
    for (auto* user : std::vector{users_}) {
        if (std::ranges::find(users_, user) != users_.end()) {
            user->lane_ended();
        }
    }
}

void produce_lane::announce(lane_user& user, std::size_t records) {
    const auto known = std::ranges::find(waiting_, &user, &waiting_user::who);
    if (known == waiting_.end()) {
        if (records > 0) {
            waiting_.push_back({&user, records});
            depart_soon();
        }
    } else if (records > 0) {
        known->records = records;
        depart_soon();
    } else {
        waiting_.erase(known);
    }
}

void produce_lane::leave(const lane_user& user) {
    std::erase_if(waiting_, [&user](const waiting_user& one) { return one.who == &user; });
    std::erase(users_, &user);
}

/// Whatever else gets ready in this turn of the thread goes along.
void produce_lane::depart_soon() {
    if (!is_filling_ && !will_depart_ && may_depart()) {
        will_depart_ = true;
        boost::asio::post(context_, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                self->will_depart_ = false;
                self->depart();
            }
        });
    }
}

void produce_lane::depart() {
    while (may_depart() && fill_request()) {
        send_request();
    }
}

bool produce_lane::may_depart() const {
    if (waiting_.empty() || under_way_.size() >= requests_max) {
        return false;
    }
    std::size_t ready = 0;
    for (const auto& one : waiting_) {
        ready += one.records;
    }
    const auto under_way = std::accumulate(under_way_.begin(), under_way_.end(), std::size_t{0});
    return ready >= under_way_.size() * gathered_records || under_way + ready <= eager_records;
}

/// False if nobody had anything after all.
bool produce_lane::fill_request() {
    is_filling_ = true;
    // Who has more than one batch waits again, behind the others.
    for (auto left = waiting_.size(); left > 0 && !waiting_.empty(); --left) {
        const auto next = waiting_.front();
        waiting_.erase(waiting_.begin());
        if (request_bytes_ < request_bytes_max) {
            next.who->departs();
        } else {
            waiting_.push_back(next);
        }
    }
    is_filling_ = false;
    return !aboard_.empty();
}

void produce_lane::add(parcel sent) {
    const auto is_same = [&sent](const addressee& one) {
        return one.topic == sent.topic && one.topic_id == sent.topic_id &&
               one.partition == sent.partition;
    };
    const bool goes_otherwise =
        !aboard_.empty() && aboard_.front().topic_id.is_zero() != sent.topic_id.is_zero();
    if (goes_otherwise || std::ranges::any_of(aboard_, is_same)) {
        send_request();
    }
    auto& topics = request_.topic_data;
    auto topic = std::ranges::find_if(topics, [&sent](const produce_request::topic& one) {
        return one.name == sent.topic && one.topic_id == sent.topic_id;
    });
    if (topic == topics.end()) {
        topics.push_back({.name = sent.topic, .topic_id = sent.topic_id});
        topic = std::prev(topics.end());
    }
    topic->partition_data.push_back({.index = sent.partition.value(), .records = sent.records});
    request_bytes_ += sent.records.size();
    request_records_ += sent.record_count;
    aboard_.push_back({.topic = std::string{sent.topic},
                       .topic_id = sent.topic_id,
                       .partition = sent.partition,
                       .answered = std::move(sent.answered)});
    if (!is_filling_) {
        send_request();
    }
}

void produce_lane::send_request() {
    auto request = std::exchange(request_, {});
    request.acks = acks_of_all;
    request.timeout_ms = static_cast<std::int32_t>(broker_timeout.count());
    under_way_.push_back(std::exchange(request_records_, 0));
    request_bytes_ = 0;
    const bool is_by_name = aboard_.front().topic_id.is_zero();
    busy_poll_.sent();
    link_->call_latest<produce_response>(
        request, is_by_name ? produce_versions_by_name : produce_versions, produce_timeout,
        [weak = weak_from_this(), &busy = busy_poll_,
         aboard = std::exchange(aboard_, {})](result<produce_response> response) mutable {
            busy.answered();
            if (const auto self = weak.lock()) {
                self->answered(aboard, response);
            } else {
                deliver(aboard, response);
            }
        });
}

void produce_lane::answered(std::vector<addressee>& aboard, result<produce_response>& response) {
    under_way_.pop_front();
    if (throttled_ && response && response->throttle_time_ms > 0) {
        report_throttle(std::chrono::milliseconds{response->throttle_time_ms});
    }
    const bool is_clean = response && std::ranges::all_of(response->responses, [](const auto& one) {
                              return std::ranges::all_of(one.partition_responses,
                                                         [](const partition_answer& partition) {
                                                             return partition.error_code == 0;
                                                         });
                          });
    // The next request leaves first, so that the broker works while the store is written; but not
    // if its batches might have to follow others than those that were sent.
    if (is_clean) {
        depart();
    }
    if (!deliver(aboard, response)) {
        link_->close();
    }
    depart_soon();
}

void produce_lane::report_throttle(std::chrono::milliseconds time) {
    if (const auto line = throttled_->throttled(broker_, time, std::chrono::steady_clock::now())) {
        sync_log().warn("{}", *line);
    }
}

bool produce_lane::deliver(std::vector<addressee>& aboard, result<produce_response>& response) {
    bool is_whole = true;
    for (auto& to : aboard) {
        if (!response) {
            to.answered(failure{response.error()});
        } else if (auto* answer = answer_of(*response, to.topic, to.topic_id, to.partition)) {
            to.answered(std::move(*answer));
        } else {
            is_whole = false;
            to.answered(failure{make_error_code(link_errc::bad_answer)});
        }
    }
    return is_whole;
}

std::shared_ptr<produce_lane> produce_lanes::to(const broker_address& broker) {
    std::erase_if(lanes_, [](const known_lane& known) {
        const auto lane = known.lane.lock();
        return !lane || lane->is_closed();
    });
    const auto known = std::ranges::find(lanes_, broker, &known_lane::broker);
    if (known != lanes_.end()) {
        return known->lane.lock();
    }
    auto made = std::make_shared<produce_lane>(context_,
                                               broker_link_options{.host = broker.host,
                                                                   .port = broker.port,
                                                                   .client_id = client_id_,
                                                                   .keep_alive = keep_alive_,
                                                                   .security = security_},
                                               throttled_);
    lanes_.push_back({.broker = broker, .lane = made});
    return made;
}

}  // namespace bkes::sync
