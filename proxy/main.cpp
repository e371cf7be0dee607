#include <cstdio>

int main() {
    std::puts("bkes " BKES_VERSION);
    return 0;
}
