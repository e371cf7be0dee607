#include "proxy/commands/report_output.hpp"

#include "proxy/log/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace bkes::proxy {

namespace {

constexpr std::size_t split_keys_shown_max = 20;

}  // namespace

std::string report_as_text(bytes_view topic, const sync::verify_report& report) {
    std::string text;
    for (const auto& difference : report.shown) {
        text += without_controls(difference) + "\n";
    }
    if (report.differences > report.shown.size()) {
        text += fmt::format("and {} differences more\n", report.differences - report.shown.size());
    }
    const auto split_shown = std::min(report.split_keys.size(), split_keys_shown_max);
    for (std::size_t index = 0; index < split_shown; ++index) {
        text += fmt::format("key in two partitions: {}\n", in_quotes(report.split_keys[index]));
    }
    if (report.split_keys.size() > split_shown) {
        text += fmt::format("and {} keys more\n", report.split_keys.size() - split_shown);
    }
    return text + fmt::format(
                      "{}: {} events of {} keys compared: {} differences, {} keys in two "
                      "partitions, {} records with an order that isn't their place, {} offsets of "
                      "the log not in the store yet\n",
                      topic, report.events, report.keys, report.differences,
                      report.split_keys.size(), report.misnumbered, report.behind);
}

std::string report_as_json(bytes_view topic, const sync::verify_report& report) {
    boost::json::array shown;
    for (const auto& difference : report.shown) {
        shown.emplace_back(without_controls(difference));
    }
    boost::json::array split;
    for (const auto& key : report.split_keys) {
        split.push_back(is_utf8(key) ? boost::json::object{{"key", bytes_view{key}}}
                                     : boost::json::object{{"key_hex", to_hex(key)}});
    }
    const boost::json::object object{{"topic", topic},
                                     {"events", report.events},
                                     {"keys", report.keys},
                                     {"differences", report.differences},
                                     {"first_differences", std::move(shown)},
                                     {"split_keys", std::move(split)},
                                     {"misnumbered", report.misnumbered},
                                     {"behind", report.behind}};
    return boost::json::serialize(object) + "\n";
}

}  // namespace bkes::proxy
