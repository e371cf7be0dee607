#include "bench/measure.hpp"

#include <boost/algorithm/string/split.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <numeric>
#include <stdexcept>
#include <sys/resource.h>

namespace bkes::bench {

double seconds_since(clock::time_point start) {
    return std::chrono::duration<double>(clock::now() - start).count();
}

double cpu_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

arguments::arguments(int count, char** values) {
    for (int index = 1; index < count; index += 2) {
        const std::string_view name{values[index]};
        if (!name.starts_with("--") || index + 1 == count) {
            throw std::runtime_error(fmt::format("flags are pairs, --name value: {}", name));
        }
        given_[std::string{name}] = values[index + 1];
    }
}

std::string arguments::text(const std::string& name) const {
    const auto found = given_.find(name);
    if (found == given_.end()) {
        throw std::runtime_error(name + " is missing");
    }
    return found->second;
}

std::string arguments::text(const std::string& name, std::string_view fallback) const {
    const auto found = given_.find(name);
    return found == given_.end() ? std::string{fallback} : found->second;
}

std::int64_t arguments::number(const std::string& name, std::int64_t fallback) const {
    const auto found = given_.find(name);
    return found == given_.end() ? fallback : std::stoll(found->second);
}

std::vector<std::int32_t> arguments::partitions(std::int32_t of_topic) const {
    const auto given = text("--partitions", "");
    if (given.empty()) {
        std::vector<std::int32_t> all(static_cast<std::size_t>(of_topic));
        std::iota(all.begin(), all.end(), 0);
        return all;
    }
    std::vector<std::string> words;
    boost::split(words, given, [](char each) { return each == ','; });
    std::vector<std::int32_t> numbers;
    for (const auto& word : words) {
        numbers.push_back(std::stoi(word));
        if (numbers.back() < 0 || numbers.back() >= of_topic) {
            throw std::runtime_error("the topic has no partition " + word);
        }
    }
    return numbers;
}

double latencies::percentile(double share) {
    if (microseconds_.empty()) {
        return 0;
    }
    std::ranges::sort(microseconds_);
    const auto last = static_cast<double>(microseconds_.size() - 1);
    return static_cast<double>(microseconds_[static_cast<std::size_t>(share * last)]);
}

int run_program(int count, char** values, void (*program)(const arguments&)) {
    try {
        program(arguments{count, values});
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}: {}\n", values[0], error.what());
        return 1;
    }
}

}  // namespace bkes::bench
