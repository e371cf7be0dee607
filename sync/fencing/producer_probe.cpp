#include "sync/fencing/producer_probe.hpp"

#include "protocol/messages/describe_producers.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace bkes::sync {

using protocol::describe_producers_request;
using protocol::describe_producers_response;

namespace {

using namespace std::chrono_literals;

constexpr protocol::version_range describe_producers_versions{.min = 0, .max = 0};

using partition_answer = describe_producers_response::topic::partition;

const partition_answer* find_answer(const describe_producers_response& response,
                                    const producer_probe::question& about) {
    for (const auto& topic : response.topics) {
        if (topic.name != about.topic) {
            continue;
        }
        const auto found = std::ranges::find(topic.partitions, about.partition.value(),
                                             &partition_answer::partition_index);
        return found == topic.partitions.end() ? nullptr : &*found;
    }
    return nullptr;
}

probe_finding finding_in(const partition_answer* answer, const producer_identity& held) {
    if (answer == nullptr || answer->error_code != 0) {
        return probe_finding::no_answer;
    }
    const auto found = std::ranges::find(answer->active_producers, held.producer.value(),
                                         &partition_answer::producer::producer_id);
    const bool is_ours = found != answer->active_producers.end() &&
                         found->producer_epoch == std::int32_t{held.epoch.value()};
    return is_ours ? probe_finding::owned : probe_finding::doubtful;
}

}  // namespace

void producer_probe::ask(question what) {
    boost::asio::post(context_, [self = shared_from_this(), what = std::move(what)]() mutable {
        self->take(std::move(what));
    });
}

void producer_probe::take(question what) {
    const auto snapshot = view_.snapshot();
    const auto* leader = snapshot->leader_of(what.topic, what.partition);
    const bool is_known =
        leader != nullptr && snapshot->leader_epoch_of(what.topic, what.partition) == what.leader;
    if (!is_known || is_stopped_) {
        view_.refresh();
        what.done(probe_finding::no_answer, {});
        return;
    }
    const auto id = leader->id;
    auto& broker = brokers_[id];
    broker.waiting.push_back(std::move(what));
    if (broker.waiting.size() > 1 || !broker.asked.empty()) {
        return;  // goes with those before it
    }
    // Posted, so that the questions of one turn are one request.
    boost::asio::post(context_, [self = shared_from_this(), id] {
        const auto& link = self->brokers_[id].link;
        if (link && link->is_open()) {
            self->send(id);
        } else if (!link || link->is_closed()) {
            self->connect(id);
        }  // else they are sent when it is open
    });
}

void producer_probe::follow(const cluster_snapshot& snapshot) {
    if (is_stopped_) {
        return;
    }
    for (const auto& topic : snapshot.topics) {
        for (const auto& partition : topic.partitions) {
            if (snapshot.broker(partition.leader) == nullptr) {
                continue;
            }
            const auto& link = brokers_[partition.leader].link;
            if (!link || link->is_closed()) {
                connect(partition.leader);
            }
        }
    }
}

void producer_probe::connect(node_id id) {
    const auto snapshot = view_.snapshot();
    const auto* address = snapshot->broker(id);
    if (address == nullptr) {
        fail(id);
        return;
    }
    auto link =
        std::make_shared<broker_link>(context_, broker_link_options{.host = address->host,
                                                                    .port = address->port,
                                                                    .client_id = client_id_,
                                                                    .keep_alive = keep_alive_,
                                                                    .security = security_});
    brokers_[id].link = link;
    link->open([self = shared_from_this(), id](std::error_code error) {
        if (error || self->is_stopped_) {
            self->fail(id);
        } else {
            self->send(id);
        }
    });
}

void producer_probe::send(node_id id) {
    auto& broker = brokers_[id];
    if (broker.waiting.empty()) {
        return;
    }
    describe_producers_request request;
    for (const auto& question : broker.waiting) {
        auto topic = std::ranges::find(request.topics, bytes_view{question.topic},
                                       &describe_producers_request::topic::name);
        if (topic == request.topics.end()) {
            request.topics.emplace_back().name = question.topic;
            topic = std::prev(request.topics.end());
        }
        if (std::ranges::find(topic->partition_indexes, question.partition.value()) ==
            topic->partition_indexes.end()) {
            topic->partition_indexes.push_back(question.partition.value());
        }
    }
    broker.asked_at = now_();
    const auto link = broker.link;
    link->call_latest<describe_producers_response>(
        request, describe_producers_versions, small_answer_timeout,
        [self = shared_from_this(), id](result<describe_producers_response> response) {
            if (!response) {
                self->fail(id);
                return;
            }
            auto& answered = self->brokers_[id];
            auto asked = std::exchange(answered.asked, {});
            for (auto& question : asked) {
                const auto finding = finding_in(find_answer(*response, question), question.held);
                if (finding == probe_finding::no_answer) {  // it leads the partition no more
                    self->view_.refresh();
                }
                question.done(finding, answered.asked_at);
            }
            self->send(id);
        });
    broker.asked = std::exchange(broker.waiting, {});
}

void producer_probe::fail(node_id id) {
    auto& broker = brokers_[id];
    if (broker.link) {
        std::exchange(broker.link, nullptr)->close();
    }
    auto unanswered = std::exchange(broker.asked, {});
    std::ranges::move(std::exchange(broker.waiting, {}), std::back_inserter(unanswered));
    if (!unanswered.empty()) {
        view_.refresh();
    }
    for (auto& question : unanswered) {
        question.done(probe_finding::no_answer, {});
    }
}

void producer_probe::stop() {
    boost::asio::post(context_, [self = shared_from_this()] {
        self->is_stopped_ = true;
        std::vector<node_id> known;
        for (const auto& [id, broker] : self->brokers_) {
            known.push_back(id);
        }
        for (const auto id : known) {
            self->fail(id);
        }
        self->brokers_.clear();
    });
}

}  // namespace bkes::sync
