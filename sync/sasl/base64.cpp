#include "sync/sasl/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace bkes::sync {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const unsigned char* octets(bytes_view data) {
    return reinterpret_cast<const unsigned char*>(data.data());
}

unsigned char* octets(bytes& data) {
    return reinterpret_cast<unsigned char*>(data.data());
}

}  // namespace

bytes base64_encode(bytes_view data) {
    bytes text((data.size() + 2) / 3 * 4 + 1, '\0');  // one more for the zero behind
    const auto size = ::EVP_EncodeBlock(octets(text), octets(data), static_cast<int>(data.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

std::optional<bytes> base64_decode(bytes_view text) {
    const auto last = text.find_last_not_of('=');
    const auto padding = last == bytes_view::npos ? text.size() : text.size() - last - 1;
    const auto digits = text.substr(0, text.size() - padding);
    if (text.size() % 4 != 0 || padding > 2 ||
        digits.find_first_not_of(alphabet) != bytes_view::npos) {
        return std::nullopt;
    }
    bytes data(text.size() / 4 * 3, '\0');
    ::EVP_DecodeBlock(octets(data), octets(text), static_cast<int>(text.size()));
    data.resize(data.size() - padding);
    return data;
}

}  // namespace bkes::sync
