// Prints the table of APIs, a row a line: name, key, first and last version, first flexible
// version. For the comparison with Kafka's definitions.

#include "protocol/api_table.hpp"

#include <cstdio>

int main() {
    for (const auto& row : bkes::protocol::api_table()) {
        std::printf("%.*s %d %d %d %d\n", static_cast<int>(row.name.size()), row.name.data(),
                    static_cast<int>(row.key), row.versions.min, row.versions.max,
                    row.flexible_since);
    }
    return 0;
}
