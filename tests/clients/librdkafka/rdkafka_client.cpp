// An ordinary librdkafka application for tests: reads an aggregate, decides, appends.
//
//   rdkafka_client append SERVERS TOPIC KEY_TOPIC KEY PARTITION WINS [SETTING=VALUE...]
//       The loop of every event-sourced command: take the next order from the key topic, append an
//       event with it, and begin again when somebody else was faster. Prints "ORDER OFFSET" for
//       each event that it won, until there are WINS.
//   rdkafka_client read SERVERS TOPIC [SETTING=VALUE...]
//       Prints "OFFSET VALUE" for each record of partition 0, from its beginning to its end of now.

#include <librdkafka/rdkafkacpp.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

constexpr int timeout_ms = 30'000;

using arguments = std::span<const std::string>;

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error{what};
}

std::unique_ptr<RdKafka::Conf> config(const std::string& servers, arguments settings) {
    std::unique_ptr<RdKafka::Conf> made{RdKafka::Conf::create(RdKafka::Conf::CONF_GLOBAL)};
    std::string error;
    const auto set = [&](const std::string& name, const std::string& value) {
        if (made->set(name, value, error) != RdKafka::Conf::CONF_OK) {
            fail(error);
        }
    };
    set("bootstrap.servers", servers);
    for (const auto& setting : settings) {
        const auto equals = setting.find('=');
        set(setting.substr(0, equals), setting.substr(equals + 1));
    }
    return made;
}

/// Remembers the one delivery that is under way.
class last_delivery : public RdKafka::DeliveryReportCb {
  public:
    void dr_cb(RdKafka::Message& message) override {
        error = message.err();
        offset = message.offset();
        is_known = true;
    }

    RdKafka::ErrorCode error = RdKafka::ERR_NO_ERROR;
    std::int64_t offset = -1;
    bool is_known = false;
};

class appender {
  public:
    appender(const std::string& servers, arguments settings) {
        const auto settings_of_all = config(servers, settings);
        std::string error;
        if (settings_of_all->set("dr_cb", &delivery_, error) != RdKafka::Conf::CONF_OK) {
            fail(error);
        }
        producer_.reset(RdKafka::Producer::create(settings_of_all.get(), error));
        if (!producer_) {
            fail(error);
        }
    }

    std::int64_t next_order(const std::string& key_topic) {
        std::int64_t low = 0;
        std::int64_t high = 0;
        const auto error =
            producer_->query_watermark_offsets(key_topic, 0, &low, &high, timeout_ms);
        if (error != RdKafka::ERR_NO_ERROR) {
            fail(key_topic + ": " + RdKafka::err2str(error));
        }
        return high;
    }

    /// The offset; nothing when the order was taken.
    std::optional<std::int64_t> append(const std::string& topic, std::int32_t partition,
                                       const std::string& key, std::int64_t order) {
        auto* headers = RdKafka::Headers::create();
        headers->add("order", std::to_string(order));
        auto value = "of-" + std::to_string(order);
        delivery_.is_known = false;
        const auto refused =
            producer_->produce(topic, partition, RdKafka::Producer::RK_MSG_COPY, value.data(),
                               value.size(), key.data(), key.size(), 0, headers, nullptr);
        if (refused != RdKafka::ERR_NO_ERROR) {
            fail(RdKafka::err2str(refused));
        }
        while (!delivery_.is_known) {
            producer_->poll(timeout_ms);
        }
        if (delivery_.error == RdKafka::ERR_POLICY_VIOLATION) {
            return std::nullopt;
        }
        if (delivery_.error != RdKafka::ERR_NO_ERROR) {
            fail(RdKafka::err2str(delivery_.error));
        }
        return delivery_.offset;
    }

  private:
    last_delivery delivery_;
    std::unique_ptr<RdKafka::Producer> producer_;
};

void append(arguments given) {
    const auto& topic = given[1];
    const auto& key_topic = given[2];
    const auto& key = given[3];
    const auto partition = std::stoi(given[4]);
    const auto wins = std::stoi(given[5]);
    appender client{given[0], given.subspan(6)};
    for (int won = 0; won < wins;) {
        const auto order = client.next_order(key_topic);
        if (const auto offset = client.append(topic, partition, key, order)) {
            std::cout << order << ' ' << *offset << '\n';
            ++won;
        }
    }
}

void read(arguments given) {
    const auto& topic = given[1];
    const auto settings = config(given[0], given.subspan(2));
    std::string error;
    settings->set("group.id", "rdkafka_client", error);
    std::unique_ptr<RdKafka::KafkaConsumer> consumer{
        RdKafka::KafkaConsumer::create(settings.get(), error)};
    if (!consumer) {
        fail(error);
    }
    std::int64_t low = 0;
    std::int64_t high = 0;
    const auto failed = consumer->query_watermark_offsets(topic, 0, &low, &high, timeout_ms);
    if (failed != RdKafka::ERR_NO_ERROR) {
        fail(RdKafka::err2str(failed));
    }
    const std::unique_ptr<RdKafka::TopicPartition> where{
        RdKafka::TopicPartition::create(topic, 0, low)};
    consumer->assign({where.get()});
    for (auto next = low; next < high;) {
        const std::unique_ptr<RdKafka::Message> message{consumer->consume(timeout_ms)};
        if (message->err() != RdKafka::ERR_NO_ERROR) {
            fail(message->errstr());
        }
        std::cout << message->offset() << ' '
                  << std::string{static_cast<const char*>(message->payload()), message->len()}
                  << '\n';
        next = message->offset() + 1;
    }
    consumer->close();
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> given(argv + 1, argv + argc);
    try {
        if (given.size() >= 7 && given[0] == "append") {
            append(arguments{given}.subspan(1));
        } else if (given.size() >= 3 && given[0] == "read") {
            read(arguments{given}.subspan(1));
        } else {
            fail("usage: rdkafka_client append|read SERVERS TOPIC ...");
        }
    } catch (const std::exception& failed) {
        std::cerr << "rdkafka_client: " << failed.what() << '\n';
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
