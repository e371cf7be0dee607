#include "sync/fencing/coordinator_session.hpp"

#include "protocol/kafka_error.hpp"
#include "protocol/messages/add_partitions_to_txn.hpp"
#include "protocol/messages/end_txn.hpp"
#include "protocol/messages/find_coordinator.hpp"
#include "protocol/messages/init_producer_id.hpp"
#include "sync/broker/link_errors.hpp"
#include "sync/types/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace bkes::sync {

namespace {

using namespace std::chrono_literals;

constexpr auto marker_pause = 5ms;
constexpr auto refused_pause = 10s;
constexpr std::int8_t transaction_coordinator = 1;

/// One key a request; from 4 on they are lists.
constexpr protocol::version_range find_coordinator_versions{.min = 1, .max = 3};
/// 3 brings the expected identity (KIP-360).
constexpr protocol::version_range init_producer_id_versions{.min = 3, .max = 5};
/// From 4 on for brokers only.
constexpr protocol::version_range add_partitions_versions{.min = 0, .max = 3};
/// With 5 every transaction has an epoch of its own (KIP-890); ours keeps one.
constexpr protocol::version_range end_txn_versions{.min = 0, .max = 4};

}  // namespace

std::string owner_id(const std::string& topic, partition_id partition) {
    return fmt::format("bkes-{}-{}", topic, partition.value());
}

coordinator_session::coordinator_session(boost::asio::io_context& context,
                                         coordinator_dialogue& dialogue, options settings)
    : context_{context},
      settings_{std::move(settings)},
      owner_id_{owner_id(settings_.topic, settings_.partition)},
      dialogue_{dialogue},
      timer_{context} {}

void coordinator_session::run(std::shared_ptr<broker_link> via, handler done) {
    cancel();
    via_ = std::move(via);
    done_ = std::move(done);
    dialogue_.connection_lost();
    do_next();
}

void coordinator_session::cancel() {
    ++run_;
    timer_.cancel();
    done_ = nullptr;
    via_ = nullptr;
    failures_ = 0;
    if (coordinator_) {
        std::exchange(coordinator_, nullptr)->close();
    }
}

void coordinator_session::do_next() {
    switch (dialogue_.next()) {
        case coordinator_dialogue::step::find_coordinator:
            return find_coordinator();
        case coordinator_dialogue::step::init_producer:
            return init_producer();
        case coordinator_dialogue::step::add_partition:
            return add_partition();
        case coordinator_dialogue::step::end_transaction:
            return end_transaction();
    }
}

void coordinator_session::find_coordinator() {
    if (coordinator_) {
        std::exchange(coordinator_, nullptr)->close();
    }
    protocol::find_coordinator_request request;
    request.key = owner_id_;
    request.key_type = transaction_coordinator;
    via_->call_latest<protocol::find_coordinator_response>(
        request, find_coordinator_versions, small_answer_timeout,
        [self = shared_from_this(),
         run = run_](result<protocol::find_coordinator_response> response) {
            if (run != self->run_) {
                return;
            }
            if (!response) {
                self->finish(coordinator_outcome::broken);
            } else if (response->error_code != 0) {
                self->answered(response->error_code);
            } else {
                self->connect(std::string{response->host},
                              static_cast<std::uint16_t>(response->port));
            }
        });
}

void coordinator_session::connect(const std::string& host, std::uint16_t port) {
    coordinator_ = std::make_shared<broker_link>(
        context_, broker_link_options{.host = host,
                                      .port = port,
                                      .client_id = settings_.client_id,
                                      .keep_alive = settings_.keep_alive,
                                      .security = settings_.security});
    coordinator_->open([self = shared_from_this(), run = run_](std::error_code error) {
        if (run != self->run_) {
            return;
        }
        if (error) {
            self->coordinator_lost(error);
            return;
        }
        self->dialogue_.coordinator_found();
        self->do_next();
    });
}

/// `read` finds the error code (and for init_producer the identity) in the answer.
template <class Response, class Request, class Read>
void coordinator_session::ask(const Request& request, protocol::version_range versions, Read read) {
    coordinator_->call_latest<Response>(
        request, versions, small_answer_timeout,
        [self = shared_from_this(), run = run_, read](result<Response> response) {
            if (run != self->run_) {
                return;
            }
            if (!response) {
                self->coordinator_lost(response.error());
                return;
            }
            read(*self, *response);
        });
}

void coordinator_session::init_producer() {
    protocol::init_producer_id_request request;
    request.transactional_id = owner_id_;
    request.transaction_timeout_ms =
        static_cast<std::int32_t>(dialogue_.transaction_timeout().count());
    if (dialogue_.wanted() == coordinator_dialogue::goal::renew) {
        request.producer_id = dialogue_.held()->producer.value();
        request.producer_epoch = dialogue_.held()->epoch.value();
    }
    ask<protocol::init_producer_id_response>(
        request, init_producer_id_versions, [](coordinator_session& self, const auto& response) {
            self.answered(response.error_code, {.producer = producer_id{response.producer_id},
                                                .epoch = producer_epoch{response.producer_epoch}});
        });
}

void coordinator_session::add_partition() {
    protocol::add_partitions_to_txn_request request;
    request.v3_and_below_transactional_id = owner_id_;
    request.v3_and_below_producer_id = dialogue_.held()->producer.value();
    request.v3_and_below_producer_epoch = dialogue_.held()->epoch.value();
    auto& topic = request.v3_and_below_topics.emplace_back();
    topic.name = settings_.topic;
    topic.partitions = {settings_.partition.value()};
    ask<protocol::add_partitions_to_txn_response>(
        request, add_partitions_versions, [](coordinator_session& self, const auto& response) {
            const auto& topics = response.results_by_topic_v3_and_below;
            if (topics.size() != 1 || topics.front().results_by_partition.size() != 1) {
                self.coordinator_lost(make_error_code(link_errc::bad_answer));
                return;
            }
            self.answered(topics.front().results_by_partition.front().partition_error_code);
        });
}

void coordinator_session::end_transaction() {
    protocol::end_txn_request request;
    request.transactional_id = owner_id_;
    request.producer_id = dialogue_.held()->producer.value();
    request.producer_epoch = dialogue_.held()->epoch.value();
    request.committed = true;
    ask<protocol::end_txn_response>(request, end_txn_versions,
                                    [](coordinator_session& self, const auto& response) {
                                        self.answered(response.error_code);
                                    });
}

void coordinator_session::answered(std::int16_t error_code, const producer_identity& given) {
    const auto name = protocol::name_of(static_cast<protocol::kafka_error>(error_code));
    switch (dialogue_.answered(error_code, given)) {
        case coordinator_dialogue::verdict::go_on:
            failures_ = 0;
            do_next();
            return;
        case coordinator_dialogue::verdict::repeat_soon:
            repeat_after(marker_pause);
            return;
        case coordinator_dialogue::verdict::repeat_later:
            sync_log().debug("ownership has to wait transactional_id={} reason={}", owner_id_,
                             name);
            repeat_after(growing_pause());
            return;
        case coordinator_dialogue::verdict::done:
            finish(coordinator_outcome::reached);
            return;
        case coordinator_dialogue::verdict::lost:
            finish(coordinator_outcome::lost);
            return;
        case coordinator_dialogue::verdict::refused:
            sync_log().error(
                "the brokers refuse to let bkes own a partition; it needs WRITE on the "
                "transactional id and on the topic transactional_id={} topic={} reason={}",
                owner_id_, settings_.topic, name);
            repeat_after(refused_pause);
            return;
    }
}

void coordinator_session::coordinator_lost(std::error_code reason) {
    sync_log().debug("coordinator is not reached transactional_id={} reason=\"{}\"", owner_id_,
                     reason.message());
    dialogue_.connection_lost();
    repeat_after(growing_pause());
}

std::chrono::milliseconds coordinator_session::growing_pause() {
    return std::min(std::chrono::milliseconds{25} * (1 << std::min(failures_++, 6)), 1000ms);
}

void coordinator_session::repeat_after(std::chrono::milliseconds pause) {
    timer_.expires_after(pause);
    timer_.async_wait([self = shared_from_this(), run = run_](boost::system::error_code error) {
        if (!error && run == self->run_) {
            self->do_next();
        }
    });
}

void coordinator_session::finish(coordinator_outcome outcome) {
    auto done = std::exchange(done_, nullptr);
    cancel();
    done(outcome);
}

}  // namespace bkes::sync
