#include "proxy/control/checkpoint_words.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace bkes::proxy {

namespace {

namespace json = boost::json;

/// Empty, unless it is one.
json::object object_in(std::string_view line) {
    boost::system::error_code failed;
    auto parsed = json::parse({line.data(), line.size()}, failed);
    return !failed && parsed.is_object() ? std::move(parsed.get_object()) : json::object{};
}

const json::string* text_field(const json::object& in, std::string_view name) {
    const auto* const found = in.if_contains({name.data(), name.size()});
    return found == nullptr ? nullptr : found->if_string();
}

/// Throws where a field is missing, or of another type.
std::string table_of_partitions(const json::object& answer) {
    const auto& partitions = answer.at("partitions").as_array();
    auto lines = fmt::format("restore point {}: {} partitions, {} bytes, made in {} ms\n",
                             answer.at("directory").as_string().c_str(), partitions.size(),
                             answer.at("bytes").to_number<std::uint64_t>(),
                             answer.at("ms").to_number<std::int64_t>());
    if (partitions.empty()) {
        return lines;
    }
    std::size_t width = std::string_view{"TOPIC"}.size();
    for (const auto& one : partitions) {
        width = std::max(width, one.at("topic").as_string().size());
    }
    lines += fmt::format("{:<{}}  {:>9}  {:>13}\n", "TOPIC", width, "PARTITION", "NEXT-OFFSET");
    for (const auto& one : partitions) {
        lines += fmt::format("{:<{}}  {:>9}  {:>13}\n", one.at("topic").as_string().c_str(), width,
                             one.at("partition").to_number<std::int64_t>(),
                             one.at("next_offset").to_number<std::int64_t>());
    }
    return lines;
}

}  // namespace

std::string checkpoint_request(std::string_view directory) {
    return json::serialize(json::object{{"checkpoint", directory}});
}

std::expected<std::string, std::string> requested_checkpoint(std::string_view line) {
    const auto asked = object_in(line);
    const auto* const directory = text_field(asked, "checkpoint");
    if (directory == nullptr || asked.size() != 1) {
        return std::unexpected{std::string{R"(a line is {"checkpoint":"/ABSOLUTE/DIRECTORY"})"}};
    }
    if (!directory->starts_with('/') || directory->find('\0') != json::string::npos) {
        return std::unexpected{std::string{"the directory isn't absolute"}};
    }
    return std::string{directory->data(), directory->size()};
}

std::string checkpoint_answer(std::string_view directory,
                              const store::checkpoint_outcome& outcome) {
    if (!outcome) {
        return json::serialize(json::object{{"error", outcome.error()}});
    }
    json::array partitions;
    for (const auto& one : outcome->partitions) {
        partitions.push_back(json::object{{"topic", one.topic},
                                          {"partition", one.partition.value()},
                                          {"next_offset", one.position.next_offset.value()}});
    }
    return json::serialize(json::object{{"ok", true},
                                        {"directory", directory},
                                        {"bytes", outcome->bytes},
                                        {"ms", outcome->took.count()},
                                        {"partitions", std::move(partitions)}});
}

std::expected<std::string, checkpoint_refusal> checkpoint_text(std::string_view answer) {
    const auto told = object_in(answer);
    if (const auto* const refusal = text_field(told, "error")) {
        return std::unexpected{
            checkpoint_refusal{.text = std::string{refusal->data(), refusal->size()}}};
    }
    try {
        return table_of_partitions(told);
    } catch (const std::exception&) {
        return std::unexpected{
            checkpoint_refusal{.is_understood = false, .text = "the answer isn't understood"}};
    }
}

}  // namespace bkes::proxy
