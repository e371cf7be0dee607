// Prints the field lists of all messages: `print_schemas` for the comparison with Kafka's
// definitions, `print_schemas DIR` writes DIR/NAME.txt, one file for each message.

#include "tests/support/message_table.hpp"

#include <cstdio>
#include <fstream>
#include <string>

int main(int argc, char** argv) {
    for (const auto& message : bkes::tests::all_messages()) {
        const auto text = message.schema_text();
        if (argc < 2) {
            std::fputs(text.c_str(), stdout);
            continue;
        }
        std::ofstream file{std::string{argv[1]} + "/" + std::string{message.schema.name} + ".txt"};
        file << text;
    }
    return 0;
}
