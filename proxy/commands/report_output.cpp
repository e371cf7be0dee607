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

std::string elsewhere_as_text(const sync::verify_report& report) {
    std::string text;
    for (const auto& one : report.first_elsewhere) {
        text +=
            fmt::format("key elsewhere: {} is in partition {}, {} says {}\n", in_quotes(one.key),
                        one.home.value(), name_of(report.expected), one.expected.value());
    }
    if (report.elsewhere > report.first_elsewhere.size()) {
        text += fmt::format("and {} keys elsewhere more\n",
                            report.elsewhere - report.first_elsewhere.size());
    }
    return text;
}

/// `{"key": ...}`, or `{"key_hex": ...}` if it is no text.
boost::json::object key_as_json(const bytes& key) {
    return is_utf8(key) ? boost::json::object{{"key", bytes_view{key}}}
                        : boost::json::object{{"key_hex", to_hex(key)}};
}

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
    text += elsewhere_as_text(report);
    return text + fmt::format(
                      "{}: {} events of {} keys compared: {} differences, {} keys in two "
                      "partitions, {} keys elsewhere than partitioner={} says, {} records with an "
                      "order that isn't their place, {} offsets of the log not in the store yet\n",
                      topic, report.events, report.keys, report.differences,
                      report.split_keys.size(), report.elsewhere, name_of(report.expected),
                      report.misnumbered, report.behind);
}

std::string report_as_json(bytes_view topic, const sync::verify_report& report) {
    boost::json::array shown;
    for (const auto& difference : report.shown) {
        shown.emplace_back(without_controls(difference));
    }
    boost::json::array split;
    for (const auto& key : report.split_keys) {
        split.push_back(key_as_json(key));
    }
    boost::json::array elsewhere;
    for (const auto& one : report.first_elsewhere) {
        auto shown_key = key_as_json(one.key);
        shown_key["partition"] = one.home.value();
        shown_key["expected"] = one.expected.value();
        elsewhere.push_back(std::move(shown_key));
    }
    const boost::json::object object{{"topic", topic},
                                     {"events", report.events},
                                     {"keys", report.keys},
                                     {"differences", report.differences},
                                     {"first_differences", std::move(shown)},
                                     {"split_keys", std::move(split)},
                                     {"partitioner", name_of(report.expected)},
                                     {"elsewhere", report.elsewhere},
                                     {"first_elsewhere", std::move(elsewhere)},
                                     {"misnumbered", report.misnumbered},
                                     {"behind", report.behind}};
    return boost::json::serialize(object) + "\n";
}

}  // namespace bkes::proxy
