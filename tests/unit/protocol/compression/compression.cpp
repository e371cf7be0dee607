#include "protocol/compression/compression.hpp"

#include "protocol/errors.hpp"

#include <boost/test/unit_test.hpp>
#include <lz4frame.h>
#include <snappy.h>
#include <zstd.h>

#include <array>
#include <random>

using bkes::bytes;
using bkes::bytes_view;
using bkes::protocol::compress;
using bkes::protocol::compression_codec;
using bkes::protocol::decompress;
using bkes::protocol::protocol_errc;

namespace {

constexpr std::array real_codecs{compression_codec::gzip, compression_codec::snappy,
                                 compression_codec::lz4, compression_codec::zstd};
constexpr std::size_t plenty = 64U << 20U;

int number(compression_codec codec) {
    return static_cast<int>(codec);
}

bytes some_text(std::mt19937& random, std::size_t size) {
    bytes text;
    while (text.size() < size) {
        text += "event " + std::to_string(random() % 1000) + "; ";
    }
    text.resize(size);
    return text;
}

bool fails_with(compression_codec codec, bytes_view data, std::size_t max, protocol_errc expected) {
    const auto expanded = decompress(codec, data, max);
    return !expanded && expanded.error() == expected;
}

/// One frame as a client may write it: block size, block mode, checksums and content size.
bytes lz4_frame(bytes_view data, LZ4F_blockSizeID_t block_size, LZ4F_blockMode_t mode,
                bool with_extras) {
    LZ4F_preferences_t preferences{};
    preferences.frameInfo.blockSizeID = block_size;
    preferences.frameInfo.blockMode = mode;
    if (with_extras) {
        preferences.frameInfo.contentSize = data.size();
        preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
        preferences.frameInfo.blockChecksumFlag = LZ4F_blockChecksumEnabled;
    }
    bytes frame(LZ4F_compressFrameBound(data.size(), &preferences), '\0');
    frame.resize(
        LZ4F_compressFrame(frame.data(), frame.size(), data.data(), data.size(), &preferences));
    return frame;
}

/// As zstd's streaming writes it: the frame doesn't say how large its content is.
bytes zstd_without_size(bytes_view data, int window_log) {
    auto* context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    bytes frame(ZSTD_compressBound(data.size()), '\0');
    ZSTD_inBuffer in{data.data(), data.size(), 0};
    ZSTD_outBuffer out{frame.data(), frame.size(), 0};
    ZSTD_compressStream2(context, &out, &in, ZSTD_e_continue);
    BOOST_REQUIRE_EQUAL(ZSTD_compressStream2(context, &out, &in, ZSTD_e_end), 0U);
    ZSTD_freeCCtx(context);
    frame.resize(out.pos);
    return frame;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(protocol_compression)

BOOST_AUTO_TEST_CASE(gives_back_what_was_compressed) {
    const auto seed = std::random_device{}();
    BOOST_TEST_CONTEXT("seed " << seed) {
        std::mt19937 random{seed};
        for (const auto codec : real_codecs) {
            for (const std::size_t size : {0, 1, 100, 32768, 32769, 65536, 300000, 5000000}) {
                const auto text = some_text(random, size);
                const auto expanded = decompress(codec, compress(codec, text), size);
                BOOST_TEST_CONTEXT("codec " << number(codec) << " size " << size) {
                    BOOST_REQUIRE(expanded.has_value());
                    BOOST_REQUIRE(*expanded == text);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(no_codec_copies_within_the_limit) {
    BOOST_TEST(decompress(compression_codec::none, "abc", 3).value() == "abc");
    BOOST_TEST(fails_with(compression_codec::none, "abc", 2, protocol_errc::expands_too_far));
    BOOST_TEST(compress(compression_codec::none, "abc") == "abc");
}

BOOST_AUTO_TEST_CASE(refuses_codecs_that_do_not_exist) {
    for (int codec = 5; codec < 8; ++codec) {
        BOOST_TEST(fails_with(static_cast<compression_codec>(codec), "abc", plenty,
                              protocol_errc::bad_compression));
    }
}

BOOST_AUTO_TEST_CASE(allows_exactly_the_limit_and_no_byte_more) {
    std::mt19937 random{1};
    const auto text = some_text(random, 100000);
    for (const auto codec : real_codecs) {
        const auto data = compress(codec, text);
        BOOST_TEST_CONTEXT("codec " << number(codec)) {
            BOOST_TEST(decompress(codec, data, text.size()).has_value());
            for (const std::size_t max : {0, 1, 511, 512, 513, 50000, 65536, 99998, 99999}) {
                BOOST_TEST(fails_with(codec, data, max, protocol_errc::expands_too_far));
            }
        }
    }
    const auto stream = zstd_without_size(text, 20);
    for (std::size_t max = 0; max < text.size(); max += 97) {
        BOOST_REQUIRE(
            fails_with(compression_codec::zstd, stream, max, protocol_errc::expands_too_far));
    }
}

BOOST_AUTO_TEST_CASE(a_bomb_is_stopped_at_the_limit) {
    const bytes zeros(256U << 20U, '\0');
    for (const auto codec : real_codecs) {
        const auto bomb = compress(codec, zeros);
        BOOST_TEST(fails_with(codec, bomb, 1U << 20U, protocol_errc::expands_too_far));
    }
}

BOOST_AUTO_TEST_CASE(a_claimed_size_alone_takes_no_memory) {
    // A bare snappy block that claims 4 GiB - 1 in its first bytes.
    BOOST_TEST(fails_with(compression_codec::snappy, bytes_view{"\xff\xff\xff\xff\x0f\x00", 6},
                          plenty, protocol_errc::bad_compression));
}

BOOST_AUTO_TEST_CASE(refuses_every_prefix_and_bytes_left_over) {
    std::mt19937 random{2};
    const auto text = some_text(random, 2000);
    for (const auto codec : real_codecs) {
        const auto data = compress(codec, text);
        for (std::size_t size = 1; size < data.size(); ++size) {
            const auto expanded = decompress(codec, bytes_view{data}.substr(0, size), plenty);
            // Cut between two blocks xerial's framing is whole again, only shorter.
            BOOST_REQUIRE(!expanded || expanded->size() < text.size());
        }
        BOOST_TEST(fails_with(codec, data + "left", plenty, protocol_errc::bad_compression));
    }
}

BOOST_AUTO_TEST_CASE(bit_flips_never_crash_nor_pass_the_limit) {
    std::mt19937 random{3};
    const auto text = some_text(random, 3000);
    for (const auto codec : real_codecs) {
        const auto data = compress(codec, text);
        for (std::size_t bit = 0; bit < data.size() * 8; ++bit) {
            auto flipped = data;
            flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
            const auto expanded = decompress(codec, flipped, 10000);
            BOOST_REQUIRE(!expanded || expanded->size() <= 10000);
        }
    }
}

BOOST_AUTO_TEST_CASE(gzip_takes_several_members) {
    const auto codec = compression_codec::gzip;
    const auto data = compress(codec, "one ") + compress(codec, "") + compress(codec, "two");
    BOOST_TEST(decompress(codec, data, plenty).value() == "one two");
}

BOOST_AUTO_TEST_CASE(snappy_takes_a_bare_block_and_streams_in_a_row) {
    const auto codec = compression_codec::snappy;
    std::string block;
    snappy::Compress("bare", 4, &block);
    BOOST_TEST(decompress(codec, block, plenty).value() == "bare");
    BOOST_TEST(
        decompress(codec, compress(codec, "one ") + compress(codec, "two"), plenty).value() ==
        "one two");
}

BOOST_AUTO_TEST_CASE(lz4_takes_any_frame) {
    std::mt19937 random{4};
    const auto text = some_text(random, 700000);
    for (const auto size : {LZ4F_max64KB, LZ4F_max256KB, LZ4F_max1MB, LZ4F_max4MB}) {
        for (const auto mode : {LZ4F_blockLinked, LZ4F_blockIndependent}) {
            for (const bool with_extras : {false, true}) {
                const auto frame = lz4_frame(text, size, mode, with_extras);
                const auto expanded = decompress(compression_codec::lz4, frame, text.size());
                BOOST_REQUIRE(expanded.has_value());
                BOOST_REQUIRE(*expanded == text);
            }
        }
    }
    const auto codec = compression_codec::lz4;
    BOOST_TEST(
        decompress(codec, compress(codec, "one ") + compress(codec, "two"), plenty).value() ==
        "one two");
}

BOOST_AUTO_TEST_CASE(lz4_is_written_in_independent_blocks_of_64_kib) {
    const auto frame = compress(compression_codec::lz4, bytes(200000, 'x'));
    BOOST_TEST((static_cast<unsigned char>(frame[4]) & 0x20U) != 0U);  // FLG: independent
    BOOST_TEST(static_cast<int>(frame[5]) == 0x40);                    // BD: 64 KiB
}

BOOST_AUTO_TEST_CASE(zstd_takes_frames_without_size_wide_windows_and_no_frame_at_all) {
    const auto codec = compression_codec::zstd;
    std::mt19937 random{5};
    const auto text = some_text(random, 2000000);
    BOOST_TEST((decompress(codec, zstd_without_size(text, 27), text.size()).value() == text));
    BOOST_TEST(
        decompress(codec, compress(codec, "one ") + compress(codec, "two"), plenty).value() ==
        "one two");
    BOOST_TEST(decompress(codec, "", plenty).value().empty());
}

BOOST_AUTO_TEST_SUITE_END()
