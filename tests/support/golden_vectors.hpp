#pragma once
// The bodies in tests/golden/wire, which Kafka's own classes wrote, and bkes' own messages the tests' encoder.

#include "tests/support/hex.hpp"

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bkes::tests {

struct golden_vector {
    std::int16_t version;
    std::string name;
    bytes body;
};

inline std::vector<golden_vector> load_vectors(std::string_view message) {
    std::ifstream file{BKES_TESTS_DIR "/golden/wire/" + std::string{message} + ".txt"};
    std::vector<golden_vector> vectors;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line.front() == '#') {
            continue;
        }
        std::istringstream words{line};
        golden_vector vector;
        std::string hex;
        words >> vector.version >> vector.name >> hex;
        vector.body = from_hex(hex);
        vectors.push_back(std::move(vector));
    }
    return vectors;
}

}  // namespace bkes::tests
