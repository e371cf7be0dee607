#include "protocol/batch/record_batch.hpp"
#include "protocol/kafka_error.hpp"
#include "protocol/messages/fetch_by_key.hpp"
#include "protocol/messages/list_keys.hpp"
#include "protocol/messages/metadata.hpp"
#include "protocol/messages/produce.hpp"
#include "proxy/commands/client_options.hpp"
#include "proxy/commands/event_output.hpp"
#include "proxy/config/values.hpp"
#include "sync/types/partitioner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>

namespace bkes::proxy {

namespace {

using named_value = std::pair<std::string, std::string>;

/// What the person wants to be appended.
struct wanted_append {
    std::string topic;
    std::string key;
    std::string order;  ///< a number, `any` or `exists`
    std::vector<named_value> headers;
    std::string value;
    sync::partitioner partitioner = sync::partitioner::murmur2;
    std::chrono::milliseconds timeout{10'000};
};

constexpr auto order_max = std::numeric_limits<std::int64_t>::max();

std::string wanted_order(const invocation& call) {
    const auto given = call.args.last("--order");
    if (!given) {
        throw usage_error{"--order is missing: the order that the event must get, any or exists"};
    }
    if (*given == "any" || *given == "exists") {
        return *given;
    }
    const auto number = parse_number(*given, 0, order_max);
    if (!number) {
        throw usage_error{fmt::format("--order: \"{}\" is no number, any or exists", *given)};
    }
    return std::to_string(*number);
}

std::vector<named_value> wanted_headers(const invocation& call, const config& settings,
                                        const std::string& order) {
    std::vector<named_value> headers{{settings.order_header, order}};
    if (const auto id = call.args.last("--event-id")) {
        if (settings.event_id_header.empty()) {
            throw usage_error{
                "--event-id: tell the header's name with --event-id-header, as bkes serve has it"};
        }
        headers.emplace_back(settings.event_id_header, *id);
    }
    for (const auto& given : call.args.all("--header")) {
        const auto equals = given.find('=');
        const auto name = given.substr(0, equals);
        if (equals == std::string::npos || name.empty()) {
            throw usage_error{fmt::format("--header: \"{}\" is no NAME=VALUE", given)};
        }
        if (name == settings.order_header) {
            throw usage_error{fmt::format("--header: {} is written by --order", name)};
        }
        headers.emplace_back(name, given.substr(equals + 1));
    }
    return headers;
}

std::string read_value(const invocation& call) {
    std::string value{std::istreambuf_iterator<char>{call.around.in}, {}};
    if (!call.args.has("--exact") && value.ends_with('\n')) {
        value.pop_back();
    }
    return value;
}

wanted_append read_wish(const invocation& call) {
    const auto settings = load_config(call).value;
    wanted_append wish{.topic = call.args.positional(0),
                       .key = bytes_of(call, call.args.positional(1), "--key-hex"),
                       .order = wanted_order(call),
                       .headers = {},
                       .value = {},
                       .partitioner = settings.partitioner,
                       .timeout = timeout_of(call)};
    wish.headers = wanted_headers(call, settings, wish.order);
    wish.value = read_value(call);
    return wish;
}

/// The head of the aggregate, its views copied away: it is the first key that has it as prefix.
outcome<std::optional<protocol::list_keys_response::aggregate>> find_aggregate(
    kafka_client& client, const wanted_append& wish) {
    const auto page = client.ask<protocol::list_keys_response>(
        protocol::list_keys_request{.topic = wish.topic, .prefix = wish.key, .limit = 1});
    if (!page) {
        return give_up{page.error()};
    }
    if (page->error_code != 0) {
        return give_up{refused_by_server(page->error_code, page->error_message)};
    }
    if (page->keys.empty() || page->keys.front().key != wish.key) {
        return std::nullopt;
    }
    auto found = page->keys.front();
    found.key = wish.key;
    return found;
}

outcome<std::int32_t> partition_count(kafka_client& client, const std::string& topic) {
    protocol::metadata_request request{.allow_auto_topic_creation = false};
    request.topics->push_back({.name = topic});
    const auto response = client.ask<protocol::metadata_response>(request);
    if (!response) {
        return give_up{response.error()};
    }
    if (response->topics.size() != 1 || response->topics.front().error_code != 0) {
        const auto code =
            response->topics.empty() ? std::int16_t{-1} : response->topics.front().error_code;
        return give_up{refused_by_server(code, {})};
    }
    const auto count = response->topics.front().partitions.size();
    if (count == 0) {
        return give_up{{exit_refused, fmt::format("topic {} has no partitions", topic)}};
    }
    return static_cast<std::int32_t>(count);
}

/// Where the aggregate lives; for a new one, where ordinary producers would put it.
outcome<std::int32_t> find_partition(kafka_client& client, const wanted_append& wish) {
    const auto known = find_aggregate(client, wish);
    if (!known) {
        return give_up{known.error()};
    }
    if (*known) {
        return (*known)->partition;
    }
    const auto count = partition_count(client, wish.topic);
    if (!count) {
        return give_up{count.error()};
    }
    return sync::partition_for_key(wish.partitioner, wish.key, *count).value();
}

bytes encode_event(const wanted_append& wish) {
    std::vector<protocol::record_header> headers;
    for (const auto& [name, value] : wish.headers) {
        headers.push_back({.key = name, .value = value});
    }
    const auto body = protocol::encode_record_body(wish.value, headers);
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    bytes batch;
    protocol::batch_builder builder{batch};
    builder.add({.timestamp_ms = now.count(), .key = wish.key, .body = body});
    builder.finish(log_offset{0}, {});
    return batch;
}

command_failure explain(const protocol::produce_response::topic::partition& refused) {
    auto failure = refused_by_server(refused.error_code, refused.error_message);
    if (refused.error_code == std::to_underlying(protocol::kafka_error::request_timed_out)) {
        failure.text +=
            "; whether the event was written is not known yet: look with `bkes get`, or append it "
            "again with the same number or event id";
    }
    return failure;
}

/// The offset in the log.
outcome<std::int64_t> produce(kafka_client& client, const wanted_append& wish,
                              std::int32_t partition) {
    const auto batch = encode_event(wish);
    protocol::produce_request request{
        .acks = -1, .timeout_ms = static_cast<std::int32_t>(wish.timeout.count())};
    auto& topic = request.topic_data.emplace_back();
    topic.name = wish.topic;
    topic.partition_data.push_back({.index = partition, .records = batch});
    // The server answers when its own time is over; the connection has to live longer than that.
    auto response =
        client.ask<protocol::produce_response>(request, std::chrono::milliseconds{5'000});
    if (!response) {
        auto lost = response.error();
        lost.text += "; whether the event was written is not known: look with `bkes get`";
        return give_up{std::move(lost)};
    }
    if (response->responses.size() != 1 ||
        response->responses.front().partition_responses.size() != 1) {
        return give_up{{exit_refused, client.peer() + ": the answer is for other partitions"}};
    }
    const auto& answer = response->responses.front().partition_responses.front();
    if (answer.error_code != 0) {
        return give_up{explain(answer)};
    }
    return answer.base_offset;
}

/// The order of the event at `offset`, asked for when the person didn't name one. Looks at the
/// newest events first: others may have been appended since.
outcome<std::optional<std::int64_t>> find_order(kafka_client& client, const wanted_append& wish,
                                                std::int64_t offset) {
    const auto head = find_aggregate(client, wish);
    if (!head) {
        return give_up{head.error()};
    }
    if (!*head) {
        return std::nullopt;
    }
    const auto start = (*head)->start_order;
    const auto next = (*head)->next_order;
    for (std::int64_t back = 1;; back *= 16) {
        const auto from = std::max(start, next - back);
        protocol::fetch_by_key_request request{.topic = wish.topic, .max_bytes = 8 << 20};
        request.keys.push_back({.key = wish.key, .from_order = from, .max_bytes = 8 << 20});
        const auto page = client.ask<protocol::fetch_by_key_response>(request);
        if (!page) {
            return give_up{page.error()};
        }
        if (page->keys.size() == 1) {
            const auto& offsets = page->keys.front().log_offsets;
            const auto at = std::ranges::find(offsets, offset);
            if (at != offsets.end()) {
                return from + (at - offsets.begin());
            }
        }
        if (from == start || back > 10'000) {
            return std::nullopt;
        }
    }
}

outcome<void> append(const invocation& call) {
    const auto wish = read_wish(call);
    const auto client = connect_to_bkes(call);
    if (!client) {
        return give_up{client.error()};
    }
    const auto partition = find_partition(**client, wish);
    if (!partition) {
        return give_up{partition.error()};
    }
    const auto offset = produce(**client, wish, *partition);
    if (!offset) {
        return give_up{offset.error()};
    }
    printed_append done{.topic = wish.topic,
                        .key = wish.key,
                        .partition = *partition,
                        .offset = *offset,
                        .order = {}};
    done.order = parse_number(wish.order, 0, order_max);
    if (!done.order) {
        // The event is written: not finding its number is no failure of the append.
        done.order = find_order(**client, wish, *offset).value_or(std::nullopt);
    }
    call.around.out << (output_form_of(call) == output_form::json ? append_as_json(done)
                                                                  : append_as_text(done));
    return {};
}

}  // namespace

command append_command() {
    return {.name = "append",
            .summary = "Append one event, its value read from standard input",
            .takes = {.positionals = {"TOPIC", "KEY"},
                      .options = with_client_options(
                          {{"--order", "N|any|exists",
                            "The order it must get, 0 for the first; any: don't check; exists: the "
                            "key must have events"},
                           {"--header", "NAME=VALUE", "A header of the event; may be repeated"},
                           {"--event-id", "ID", "The event's id, in the header event.id.header"},
                           {"--exact", "",
                            "Keep a line end at the end of the value, which is dropped otherwise"},
                           {"--key-hex", "", "KEY is given in hexadecimal"}}),
                      .settings =
                          with_client_settings({"order.header", "event.id.header", "partitioner"})},
            .notes =
                "A conflict is refused with exit code 1 and the server's words:\n"
                "    bkes: order conflict: expected=7 got=5 ...\n",
            .run = append};
}

}  // namespace bkes::proxy
