#pragma once
// `bkes verify`: the store against the log, event by event and byte for byte.
//
// Reads the topic from its start with the follower, counts each aggregate anew, and looks up every
// event in the store. What the store hasn't read yet is not a difference. Blocking.

#include "protocol/core/bytes.hpp"
#include "store/event_store.hpp"
#include "sync/start_problem.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace bkes::sync {

struct verify_options {
    std::string bootstrap_servers;
    std::map<std::string, std::string> kafka_settings;
    std::string topic;
    std::string order_header = "order";
    std::string client_id = "bkes";
    std::size_t shown_max = 100;  ///< differences kept as text; all are counted
};

struct verify_report {
    std::uint64_t events = 0;  ///< compared
    std::uint64_t keys = 0;    ///< aggregates met in the log
    std::uint64_t differences = 0;
    std::vector<std::string> shown;  ///< the first differences, a sentence each
    std::uint64_t misnumbered = 0;  ///< an order header that isn't the event's place: no difference
    std::vector<bytes> split_keys;  ///< standing in two partitions: no difference
    std::uint64_t behind = 0;       ///< offsets of the log that the store hasn't read

    [[nodiscard]] bool agrees() const { return differences == 0; }
};

/// `progress(offsets_done, offsets_all)` is called now and then.
started<verify_report> verify_topic(
    const verify_options& options, store::event_store& store,
    const std::function<void(std::uint64_t, std::uint64_t)>& progress);

}  // namespace bkes::sync
