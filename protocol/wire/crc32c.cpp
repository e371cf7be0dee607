#include "protocol/wire/crc32c.hpp"

#include <boost/endian/conversion.hpp>

#include <array>
#include <cstddef>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace bkes::protocol {

namespace {

constexpr std::uint32_t reversed_polynomial = 0x82f63b78U;

/// tables[n][b]: what byte b does to the CRC when n more bytes follow it ("slicing by 8").
using slices = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr slices make_slices() {
    slices tables{};
    for (std::uint32_t octet = 0; octet < 256; ++octet) {
        std::uint32_t crc = octet;
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? reversed_polynomial : 0U);
        }
        tables[0][octet] = crc;
    }
    for (std::size_t slice = 1; slice < tables.size(); ++slice) {
        for (std::size_t octet = 0; octet < 256; ++octet) {
            const auto before = tables[slice - 1][octet];
            tables[slice][octet] = (before >> 8U) ^ tables[0][before & 0xffU];
        }
    }
    return tables;
}

constexpr slices tables = make_slices();

std::uint64_t load_8(const char* at) {
    return boost::endian::endian_load<std::uint64_t, 8, boost::endian::order::little>(
        reinterpret_cast<const unsigned char*>(at));
}

std::uint32_t by_table(std::uint32_t before, bytes_view data) {
    std::uint32_t crc = ~before;
    const char* at = data.data();
    auto left = data.size();
    for (; left >= 8; at += 8, left -= 8) {
        const auto word = load_8(at) ^ crc;
        crc = 0;
        for (unsigned octet = 0; octet < 8; ++octet) {
            crc ^= tables[7 - octet][(word >> (8 * octet)) & 0xffU];
        }
    }
    for (; left > 0; ++at, --left) {
        crc = (crc >> 8U) ^ tables[0][(crc ^ static_cast<unsigned char>(*at)) & 0xffU];
    }
    return ~crc;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::uint32_t before,
                                                               bytes_view data) {
    std::uint64_t crc = ~before;
    const char* at = data.data();
    auto left = data.size();
    for (; left >= 8; at += 8, left -= 8) {
        crc = _mm_crc32_u64(crc, load_8(at));
    }
    auto tail = static_cast<std::uint32_t>(crc);
    for (; left > 0; ++at, --left) {
        tail = _mm_crc32_u8(tail, static_cast<unsigned char>(*at));
    }
    return ~tail;
}

#endif

using function = std::uint32_t (*)(std::uint32_t, bytes_view);

function fastest() {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("sse4.2")) {
        return by_instruction;
    }
#endif
    return by_table;
}

}  // namespace

std::uint32_t crc32c(bytes_view data) {
    return crc32c_continued(0, data);
}

std::uint32_t crc32c_continued(std::uint32_t before, bytes_view data) {
    static const function chosen = fastest();
    return chosen(before, data);
}

std::uint32_t crc32c_by_table(bytes_view data) {
    return by_table(0, data);
}

}  // namespace bkes::protocol
